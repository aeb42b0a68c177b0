import type { Mesh, ServeHandle } from "@selvage/mesh";
import { type CallEvent, isRpcError, MemoryReplayStore } from "@selvage/nrpc";
import { createSimulation, ManualClock, seededEntropy, type Simulation } from "@selvage/testing";

import { Metrics } from "../metrics.ts";
import type { ScenarioRun, SeedResult } from "../scenario.ts";
import { ViolationLog } from "../violations.ts";
import { checkedOnce } from "../world/checked-once.ts";
import { FaultInjector } from "../world/fault-injector.ts";
import { Links } from "../world/links.ts";
import type { ClosedProcess } from "../world/machine.ts";
import { leftOfCalls, leftOfClient, leftOfProcess } from "../world/mesh-leaks.ts";
import { drawLink } from "../world/mesh-links.ts";
import { MeshMachine, type MeshMachineParts } from "../world/mesh-machine.ts";
import { Replayer } from "../world/replayer.ts";
import { Calls } from "./calls.ts";
import { EndRules } from "./end-rules.ts";
import { planFaults } from "./fault-plan.ts";
import { serveAll } from "./handlers.ts";
import { Ledger } from "./ledger.ts";
import { LiveRules } from "./live-rules.ts";
import { Party } from "./party.ts";
import { RunRules } from "./run-rules.ts";
import type { Seams } from "./seams.ts";
import { drawSetting, type NodeSetting, type Setting } from "./setting.ts";
import {
  CALLS_AFTER_MS,
  CLOSE_AFTER_MS,
  FAULTS_FROM_MS,
  MAX_DEADLINE_MS,
  QUIET_AFTER_MS,
} from "./times.ts";
import { Truth } from "./truth.ts";
import { Workload } from "./workload.ts";

/** How long closing everything may take, in milliseconds. */
const CLOSING_MS = 20_000;
/** How long what is closed may take to let everything go, in milliseconds. */
const LEAK_AFTER_MS = 1_000;
/** How long all services may take to answer when all is well, in milliseconds. */
const ALL_WELL_MS = 60_000;

/** What one process has besides its mesh. */
interface Work {
  readonly party: Party;
  readonly handles: readonly ServeHandle[];
}

/** One mesh, and one seed's worth of calls and trouble. */
export class NrpcRun {
  readonly #sim: Simulation;
  readonly #seed: number;
  readonly #seams: Seams;
  readonly #setting: Setting;
  readonly #metrics = new Metrics();
  readonly #log: ViolationLog;
  readonly #ledger: Ledger;
  readonly #machines: Map<string, MeshMachine> = new Map();
  readonly #work: Map<Mesh, Work> = new Map();
  readonly #links: Links;
  readonly #truth: Truth;
  readonly #rules: LiveRules;
  readonly #calls: Calls;
  readonly #workload: Workload;
  readonly #injector: FaultInjector<Mesh, MeshMachine>;
  readonly #replayer: Replayer;

  constructor({ seed, crypto, traceLines }: ScenarioRun, seams: Seams) {
    const sim = createSimulation({ seed, traceLines });
    const now = (): number => sim.now;
    const setting = drawSetting(sim.random.split("setting"));
    const quietAt = setting.repairedByMs + CALLS_AFTER_MS + MAX_DEADLINE_MS + QUIET_AFTER_MS;
    this.#sim = sim;
    this.#seed = seed;
    this.#seams = seams;
    this.#setting = setting;
    this.#log = new ViolationLog(now);
    this.#ledger = new Ledger(now);
    this.#replayer = new Replayer({
      sim,
      random: sim.random.split("replays"),
      times: { fromMs: FAULTS_FROM_MS, untilMs: quietAt },
    });
    this.#links = new Links(sim, drawLink(sim.random.split("links")));
    this.#makeMachines({
      sim,
      crypto: checkedOnce(crypto),
      clock: seams.clock,
      psk: seededEntropy(`${seed}/psk`).bytes(32),
      onDatagram: (machine, datagram, from, to) => {
        if (machine.name === setting.machines[0]?.name) this.#replayer.hear(datagram, from, to);
      },
      serve: (machine, mesh, { clock }) => {
        // One that took too long to close was killed.
        this.#ledger.died({ machine: machine.name, life: machine.life - 1 });
        const party = new Party({ machine: machine.name, life: machine.life }, mesh, clock);
        this.#work.set(mesh, { party, handles: this.#serve(party) });
      },
      onServing: (_machine, mesh) => mesh.onCall((event) => this.#onCall(event)),
      onCrash: (message) => this.#log.add("crash", message),
    });
    const machines = this.#machines;
    this.#truth = new Truth({ sim, links: this.#links, setting, machines });
    this.#rules = new LiveRules({
      sim,
      log: this.#log,
      metrics: this.#metrics,
      truth: this.#truth,
    });
    this.#calls = new Calls({
      sim,
      ledger: this.#ledger,
      setting,
      machines,
      seams,
      onStart: (record) => this.#rules.onCallStart(record),
      onEnd: (record) => this.#rules.onCallEnd(record),
    });
    this.#workload = new Workload({
      sim,
      random: sim.random.split("workload"),
      setting,
      machines,
      calls: this.#calls,
      partyOf: ({ isWell, mesh }) => (isWell && mesh ? this.#work.get(mesh)?.party : undefined),
    });
    this.#injector = this.#makeInjector();
  }

  /** Tells the whole story. */
  async run(): Promise<SeedResult> {
    try {
      await this.#tell();
    } catch (error) {
      this.#log.add(
        "crash",
        error instanceof Error ? (error.stack ?? String(error)) : String(error),
      );
    }
    this.#judge();
    return {
      seed: this.#seed,
      virtualMs: this.#sim.now,
      faults: this.#injector.count,
      steps: this.#sim.stats().turns,
      violations: this.#log.all,
      traceHash: this.#sim.traceHash,
      traceTail: this.#sim.traceLines,
      metrics: this.#metrics.data,
    };
  }

  async #tell(): Promise<void> {
    const sim = this.#sim;
    const { machines, repairedByMs } = this.#setting;
    for (const machine of this.#machines.values()) machine.start();
    const lastDeadline = repairedByMs + CALLS_AFTER_MS + MAX_DEADLINE_MS;
    this.#truth.watch(lastDeadline);
    const faults = planFaults(sim.random.split("faults"), this.#setting);
    this.#injector.schedule(faults);
    this.#replayer.schedule();
    this.#workload.schedule(faults);
    await sim.runFor(lastDeadline + QUIET_AFTER_MS);
    this.#checkQuiet();
    const first = this.#truth.machine(machines[0]?.name ?? "");
    await sim.settle(this.#workload.callAll(first), ALL_WELL_MS);
    await sim.runFor(CLOSE_AFTER_MS);
    await this.#closeAll();
  }

  #makeMachines(parts: MeshMachineParts): void {
    // Nothing is kept for longer than a run takes: the clock may stand still.
    const clock = new ManualClock();
    const shared = new MemoryReplayStore({ clock });
    for (const node of this.#setting.machines) {
      const stores = {
        own: undefined,
        tiny: new MemoryReplayStore({ clock, maxEntries: 3 }),
        shared,
      };
      const mesh = { ambientContext: node.isAmbient, replayStore: stores[node.store] };
      this.#machines.set(node.name, new MeshMachine(parts, { ...node, mesh }));
    }
  }

  #serve(party: Party): readonly ServeHandle[] {
    const node = this.#setting.machines.find(({ name }) => name === party.machine) as NodeSetting;
    const parts = {
      sim: this.#sim,
      ledger: this.#ledger,
      setting: this.#setting,
      machines: this.#machines,
      calls: this.#calls,
      seams: this.#seams,
      onStart: this.#rules.onRunStart.bind(this.#rules),
      onAbort: this.#rules.onAbort.bind(this.#rules),
    };
    return serveAll(parts, party, node);
  }

  #makeInjector(): FaultInjector<Mesh, MeshMachine> {
    return new FaultInjector({
      sim: this.#sim,
      links: this.#links,
      machines: this.#machines,
      onChange: () => this.#truth.look(),
      onKilled: ({ name, life }) => this.#ledger.died({ machine: name, life }),
      onClosing: (machine) => {
        const { life } = machine;
        return (closed) => {
          this.#ledger.died({ machine: machine.name, life });
          this.#sim.after(LEAK_AFTER_MS, () => this.#checkClosed(machine.name, closed));
        };
      },
      onCrash: (message) => this.#log.add("crash", message),
    });
  }

  #onCall(event: CallEvent): void {
    const { moves, retries, hedges } = event;
    this.#metrics.count("moves", moves);
    this.#metrics.count("retries", retries);
    this.#metrics.count("hedges", hedges);
    if (this.#seams.isTold?.(event) !== false) this.#ledger.told(event);
  }

  /** No call is under way any more: nothing of any may be left. */
  #checkQuiet(): void {
    for (const { name, mesh } of this.#machines.values()) {
      if (mesh === undefined) continue;
      const left = [...leftOfCalls(mesh.stats()), ...leftOfClient(mesh.stats())];
      const { party, handles = [] } = this.#work.get(mesh) ?? {};
      const queued = handles.reduce((sum, handle) => sum + handle.queued, 0);
      if (queued > 0) left.push(`${queued} places in queues`);
      if (party !== undefined && party.sleeping > 0) left.push(`${party.sleeping} who sleep`);
      if (left.length > 0) this.#log.add("leak", `${name} is quiet and has ${left.join(", ")}`);
    }
  }

  #checkClosed(name: string, closed: ClosedProcess<Mesh>): void {
    // A handler that does not heed its signal works on, with a timer of its own and its deadline's.
    const { inFlight } = closed.process.stats();
    const sleeping = this.#work.get(closed.process)?.party.sleeping ?? 0;
    const left = leftOfProcess(closed, inFlight + sleeping);
    if (left.length > 0) this.#log.add("leak", `${name} was closed and has ${left.join(", ")}`);
  }

  async #closeAll(): Promise<void> {
    const machines = [...this.#machines.values()];
    const all = Promise.all(machines.map((machine) => machine.close()));
    const closed = await this.#sim.settle(all, CLOSING_MS);
    await this.#sim.runFor(LEAK_AFTER_MS);
    closed.forEach((left, i) => {
      if (left !== undefined) this.#checkClosed(machines[i]?.name ?? "", left);
    });
  }

  #judge(): void {
    const [ledger, setting, log, truth] = [this.#ledger, this.#setting, this.#log, this.#truth];
    new RunRules(ledger, setting, log).judge();
    new EndRules({ ledger, setting, log, truth }).judge();
    this.#metrics.count("handlers", ledger.runs.length);
    for (const { end, spec, parent, received, service } of ledger.records) {
      this.#metrics.count(`calls.${service.contract.shape}`);
      if (parent !== undefined) this.#metrics.count("nested");
      if (spec.key !== undefined) this.#metrics.count("keyed");
      this.#metrics.count("responses", received);
      if (end === undefined) this.#metrics.count("ends.lost with their caller");
      else if (end.type !== "error") this.#metrics.count(`ends.${end.type}`);
      else {
        const kind = isRpcError(end.error) ? end.error.kind : "requests";
        this.#metrics.count(`errors.${kind}`);
      }
    }
  }
}
