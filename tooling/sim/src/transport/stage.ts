import { createSimulation, type Simulation } from "@selvage/testing";

import { Metrics } from "../metrics.ts";
import type { ScenarioRun } from "../scenario.ts";
import { ViolationLog } from "../violations.ts";
import { FaultInjector } from "../world/fault-injector.ts";
import { Links } from "../world/links.ts";
import { Replayer } from "../world/replayer.ts";
import { makeStations } from "./cast.ts";
import { forge } from "./forgery.ts";
import { Gauges } from "./gauges.ts";
import { LeakRules } from "./leak-rules.ts";
import { Ledger } from "./ledger.ts";
import { Pacing } from "./pacing.ts";
import { PeerRules } from "./peer-rules.ts";
import type { Seams } from "./seams.ts";
import { drawSetting, type Setting } from "./setting.ts";
import type { Station, StationProcess } from "./station.ts";
import { StreamRules } from "./stream-rules.ts";
import { FAULTS_FROM_MS, LEAK_AFTER_MS, RECONNECT_MS } from "./times.ts";
import { Traffic } from "./traffic.ts";
import { Truth } from "./truth.ts";

/**
 * Everything that a run consists of, put together and not yet begun. Each part is handed the stage
 * itself and takes from it what it declares; none may look at a later one before the run begins.
 */
export class Stage {
  readonly sim: Simulation;
  readonly setting: Setting;
  readonly log: ViolationLog;
  readonly metrics: Metrics = new Metrics();
  readonly ledger: Ledger = new Ledger();
  readonly links: Links;
  readonly pacing: Pacing;
  readonly replayer: Replayer;
  readonly stations: ReadonlyMap<string, Station>;
  readonly truth: Truth;
  readonly streamRules: StreamRules;
  readonly peerRules: PeerRules;
  readonly leakRules: LeakRules;
  readonly gauges: Gauges;
  readonly traffic: Traffic;
  readonly injector: FaultInjector<StationProcess, Station>;

  constructor({ seed, crypto, traceLines }: ScenarioRun, seams: Seams) {
    this.sim = createSimulation({ seed, traceLines });
    this.setting = drawSetting(this.sim.random.split("setting"));
    this.log = new ViolationLog(() => this.sim.now);
    this.links = new Links(this.sim, {});
    this.pacing = new Pacing(this.sim);
    this.replayer = this.#makeReplayer();
    this.stations = makeStations({
      sim: this.sim,
      setting: this.setting,
      replayer: this.replayer,
      crypto,
      seams,
      onStream: (station, node, stream) => void this.traffic.handle(station, node, stream),
      onPeer: (station, event) => this.peerRules.onEvent(station, event),
      onCrash: (message) => this.log.add("crash", message),
    });
    this.truth = new Truth(this);
    this.streamRules = new StreamRules(this);
    this.peerRules = new PeerRules(this);
    this.leakRules = new LeakRules(this.log);
    this.gauges = new Gauges(this.log, this.metrics);
    this.traffic = new Traffic(this);
    this.injector = this.#makeInjector();
  }

  #makeReplayer(): Replayer {
    return new Replayer({
      sim: this.sim,
      random: this.sim.random.split("replays"),
      times: { fromMs: FAULTS_FROM_MS, untilMs: this.setting.healAtMs + RECONNECT_MS },
      forge,
    });
  }

  #makeInjector(): FaultInjector<StationProcess, Station> {
    return new FaultInjector({
      sim: this.sim,
      links: this.links,
      machines: this.stations,
      onChange: () => this.truth.look(),
      onRebound: (station) => this.truth.onRebound(station),
      onClosing: (station) => {
        const expectGoodbye = this.peerRules.onClosing(station);
        return (closed) => {
          expectGoodbye();
          this.sim.after(LEAK_AFTER_MS, () => this.leakRules.checkClosed(station, closed));
        };
      },
      onCrash: (message) => this.log.add("crash", message),
    });
  }
}
