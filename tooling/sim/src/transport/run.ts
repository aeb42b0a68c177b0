import { createSimulation, type Simulation } from "@selvage/testing";

import { Metrics } from "../metrics.ts";
import type { ScenarioRun, SeedResult } from "../scenario.ts";
import { ViolationLog } from "../violations.ts";
import { FaultInjector } from "../world/fault-injector.ts";
import { Links } from "../world/links.ts";
import { Replayer } from "../world/replayer.ts";
import { makeStations } from "./cast.ts";
import { planFaults } from "./fault-plan.ts";
import { forge } from "./forgery.ts";
import { Gauges } from "./gauges.ts";
import { LeakRules } from "./leak-rules.ts";
import { isOpen, Ledger, type StreamRecord } from "./ledger.ts";
import { healedLink } from "./link-kinds.ts";
import { Pacing } from "./pacing.ts";
import { PeerRules } from "./peer-rules.ts";
import { expectReconnection } from "./reconnection.ts";
import type { Seams } from "./seams.ts";
import { drawSetting, type Setting } from "./setting.ts";
import type { Station, StationProcess } from "./station.ts";
import { StreamRules } from "./stream-rules.ts";
import {
  CLOSING_MS,
  CONVERGE_MS,
  FAULTS_FROM_MS,
  LEAK_AFTER_MS,
  LOOK_MS,
  QUIET_MS,
  RECONNECT_MS,
  SETTLED_MS,
} from "./times.ts";
import { Traffic } from "./traffic.ts";
import { Truth } from "./truth.ts";

/** Some nodes, their streams, and one seed's worth of trouble. */
export class TransportRun {
  readonly #sim: Simulation;
  readonly #setting: Setting;
  readonly #metrics = new Metrics();
  readonly #log: ViolationLog;
  readonly #ledger = new Ledger();
  readonly #links: Links;
  readonly #replayer: Replayer;
  readonly #stations: ReadonlyMap<string, Station>;
  readonly #truth: Truth;
  readonly #pacing: Pacing;
  readonly #traffic: Traffic;
  readonly #streamRules: StreamRules;
  readonly #peerRules: PeerRules;
  readonly #leakRules: LeakRules;
  readonly #gauges: Gauges;
  readonly #injector: FaultInjector<StationProcess, Station>;

  constructor({ seed, crypto, traceLines }: ScenarioRun, seams: Seams) {
    const sim = createSimulation({ seed, traceLines });
    const setting = drawSetting(sim.random.split("setting"));
    const log = new ViolationLog(() => sim.now);
    const metrics = this.#metrics;
    const onCrash = (message: string): void => log.add("crash", message);
    this.#sim = sim;
    this.#setting = setting;
    this.#log = log;
    this.#pacing = new Pacing(sim);
    this.#links = new Links(sim, {});
    const links = this.#links;
    this.#replayer = new Replayer({
      sim,
      forge,
      random: sim.random.split("replays"),
      times: { fromMs: FAULTS_FROM_MS, untilMs: setting.healAtMs + RECONNECT_MS },
    });
    this.#stations = makeStations({
      sim,
      setting,
      crypto,
      seams,
      onCrash,
      replayer: this.#replayer,
      onStream: (station, node, stream) => void this.#traffic.handle(station, node, stream),
      onPeer: (station, event) => this.#peerRules.onEvent(station, event),
    });
    const stations = this.#stations;
    this.#truth = new Truth({ sim, links, stations, edges: setting.edges });
    const truth = this.#truth;
    this.#streamRules = new StreamRules({
      log,
      metrics,
      ledger: this.#ledger,
      now: () => sim.now,
      windowBytesOf: (name) => stations.get(name)?.setting.limits.streamWindowBytes ?? 0,
      hadNoReason: (record) => this.#hadNoReason(record),
    });
    this.#peerRules = new PeerRules({ sim, log, metrics, truth, links });
    this.#leakRules = new LeakRules(log);
    this.#gauges = new Gauges(log, metrics);
    this.#traffic = new Traffic({
      sim,
      setting,
      log,
      metrics,
      stations,
      random: sim.random.split("traffic"),
      ledger: this.#ledger,
      rules: this.#streamRules,
      pacing: this.#pacing,
    });
    this.#injector = new FaultInjector({
      sim,
      links,
      onCrash,
      machines: stations,
      onChange: () => truth.look(),
      onRebound: (station) => truth.onRebound(station),
      onClosing: (station) => {
        const sayGoodbye = this.#peerRules.onClosing(station);
        return (closed) => {
          sayGoodbye();
          sim.after(LEAK_AFTER_MS, () => this.#leakRules.checkClosed(station, closed));
        };
      },
    });
  }

  /** Tells the whole story. */
  async run(): Promise<SeedResult> {
    const sim = this.#sim;
    try {
      this.#begin();
      await sim.runFor(this.#setting.healAtMs);
      await this.#heal();
      await this.#closeAll();
    } catch (error) {
      this.#log.add("crash", String(error));
    }
    this.#metrics.count("replays", this.#replayer.count);
    return {
      seed: Number(sim.seed),
      virtualMs: sim.now,
      faults: this.#injector.count,
      steps: sim.stats().turns,
      violations: this.#log.all,
      traceHash: sim.traceHash,
      traceTail: sim.traceLines,
      metrics: this.#metrics.data,
    };
  }

  #begin(): void {
    const { links, edges, healAtMs } = this.#setting;
    for (const station of this.#stations.values()) station.start();
    for (const { direction, config } of links) this.#links.setOwn(direction, config);
    for (const { a, b, isSeparated } of edges) {
      if (!isSeparated) continue;
      this.#links.block({ from: a, to: b });
      this.#links.block({ from: b, to: a });
    }
    this.#truth.watch(healAtMs + CONVERGE_MS, () => {
      this.#peerRules.look();
      for (const station of this.#stations.values()) this.#gauges.look(station);
    });
    this.#injector.schedule(planFaults(this.#sim.random.split("faults"), this.#setting));
    this.#replayer.schedule();
    this.#traffic.schedule();
  }

  /** Everything is well from now on: what was begun must come to an end. */
  async #heal(): Promise<void> {
    const sim = this.#sim;
    sim.note("everything is healed");
    for (const { direction } of this.#setting.links) this.#links.setOwn(direction, healedLink);
    this.#pacing.hurry();
    expectReconnection({
      sim,
      random: sim.random.split("pulse"),
      truth: this.#truth,
      traffic: this.#traffic,
      log: this.#log,
      metrics: this.#metrics,
    });
    const latest = sim.now + CONVERGE_MS;
    // Until then streams are still being opened.
    await sim.runFor(RECONNECT_MS + 1);
    while (this.#isBusy && sim.now < latest) await sim.runFor(LOOK_MS);
    this.#streamRules.judge();
    if (this.#isBusy) return;
    await this.#expectQuiet();
  }

  /** Whatever is left of streams is let go soon: at each station there is a time without any. */
  async #expectQuiet(): Promise<void> {
    const latest = this.#sim.now + QUIET_MS;
    const noisy = new Set(this.#stations.values());
    for (;;) {
      for (const station of noisy) if (this.#leakRules.isQuiet(station)) noisy.delete(station);
      if (noisy.size === 0 || this.#sim.now >= latest) break;
      await this.#sim.runFor(LOOK_MS);
    }
    for (const station of noisy) this.#leakRules.checkQuiet(station);
  }

  async #closeAll(): Promise<void> {
    const stations = [...this.#stations.values()];
    const all = Promise.all(stations.map((station) => station.close()));
    const closed = await this.#sim.settle(all, CLOSING_MS);
    await this.#sim.runFor(LEAK_AFTER_MS);
    stations.forEach((station, i) => {
      const left = closed[i];
      if (left !== undefined) this.#leakRules.checkClosed(station, left);
    });
  }

  get #isBusy(): boolean {
    return [...this.#ledger.records].some(isOpen);
  }

  /** Both ends had been well and in reach of each other for long when the stream was opened. */
  #hadNoReason({ opener, to, openedAt, isBelated }: StreamRecord): boolean {
    const since = this.#truth.togetherSince(opener.machine, to);
    return !isBelated && since !== undefined && since <= openedAt - SETTLED_MS;
  }
}
