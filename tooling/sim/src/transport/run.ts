import type { ScenarioRun, SeedResult } from "../scenario.ts";
import { planFaults } from "./fault-plan.ts";
import { isOpen } from "./ledger.ts";
import { healedLink } from "./link-kinds.ts";
import { expectReconnection } from "./reconnection.ts";
import type { Seams } from "./seams.ts";
import { Stage } from "./stage.ts";
import {
  CLOSING_MS,
  CONVERGE_MS,
  LEAK_AFTER_MS,
  LOOK_MS,
  QUIET_MS,
  RECONNECT_MS,
} from "./times.ts";

/** Some nodes, their streams, and one seed's worth of trouble. */
export class TransportRun {
  readonly #stage: Stage;
  readonly #seed: number;

  constructor(run: ScenarioRun, seams: Seams) {
    this.#stage = new Stage(run, seams);
    this.#seed = run.seed;
  }

  /** Tells the whole story. */
  async run(): Promise<SeedResult> {
    const { sim, setting, log, metrics, injector, replayer } = this.#stage;
    try {
      this.#begin();
      await sim.runFor(setting.healAtMs);
      await this.#heal();
      await this.#closeAll();
    } catch (error) {
      log.add("crash", String(error));
    }
    metrics.count("replays", replayer.count);
    return {
      seed: this.#seed,
      virtualMs: sim.now,
      faults: injector.count,
      steps: sim.stats().turns,
      violations: log.all,
      traceHash: sim.traceHash,
      traceTail: sim.traceLines,
      metrics: metrics.data,
    };
  }

  #begin(): void {
    const { sim, setting, stations, truth, peerRules, gauges, injector, replayer, traffic } =
      this.#stage;
    for (const station of stations.values()) station.start();
    this.#layLinks();
    truth.watch(setting.healAtMs + CONVERGE_MS, () => {
      peerRules.look();
      for (const station of stations.values()) gauges.look(station);
    });
    injector.schedule(planFaults(sim.random.split("faults"), setting));
    replayer.schedule();
    traffic.schedule();
  }

  #layLinks(): void {
    const { links, setting } = this.#stage;
    for (const { direction, config } of setting.links) links.setOwn(direction, config);
    for (const { a, b, isSeparated } of setting.edges) {
      if (!isSeparated) continue;
      links.block({ from: a, to: b });
      links.block({ from: b, to: a });
    }
  }

  /** Everything is well from now on: what was begun must come to an end. */
  async #heal(): Promise<void> {
    const { sim, setting, links, pacing, streamRules } = this.#stage;
    sim.note("everything is healed");
    for (const { direction } of setting.links) links.setOwn(direction, healedLink);
    pacing.hurry();
    expectReconnection(this.#stage);
    const latest = sim.now + CONVERGE_MS;
    // Until then streams are still being opened.
    await sim.runFor(RECONNECT_MS + 1);
    while (this.#isBusy && sim.now < latest) await sim.runFor(LOOK_MS);
    streamRules.judge();
    if (!this.#isBusy) await this.#expectQuiet();
  }

  /** Whatever is left of streams is let go soon: at each station there is a time without any. */
  async #expectQuiet(): Promise<void> {
    const { sim, stations, leakRules } = this.#stage;
    const latest = sim.now + QUIET_MS;
    const noisy = new Set(stations.values());
    for (;;) {
      for (const station of noisy) if (leakRules.isQuiet(station)) noisy.delete(station);
      if (noisy.size === 0 || sim.now >= latest) break;
      await sim.runFor(LOOK_MS);
    }
    for (const station of noisy) leakRules.checkQuiet(station);
  }

  async #closeAll(): Promise<void> {
    const { sim, leakRules } = this.#stage;
    const stations = [...this.#stage.stations.values()];
    const all = Promise.all(stations.map((station) => station.close()));
    const closed = await sim.settle(all, CLOSING_MS);
    await sim.runFor(LEAK_AFTER_MS);
    stations.forEach((station, i) => {
      const left = closed[i];
      if (left !== undefined) leakRules.checkClosed(station, left);
    });
  }

  get #isBusy(): boolean {
    return [...this.#stage.ledger.records].some(isOpen);
  }
}
