import type { Mesh } from "@selvage/mesh";
import type { CallEvent, Handler, ServiceContract } from "@selvage/nrpc";
import { isRpcError } from "@selvage/nrpc";
import { createSimulation, seededEntropy, type Simulation } from "@selvage/testing";

import { Metrics } from "../metrics.ts";
import type { ScenarioRun, SeedResult } from "../scenario.ts";
import { ViolationLog } from "../violations.ts";
import { FaultInjector } from "../world/fault-injector.ts";
import { Links } from "../world/links.ts";
import { drawLink } from "../world/mesh-links.ts";
import type { MeshMachine } from "../world/mesh-machine.ts";
import { Replayer } from "../world/replayer.ts";
import { CallRules, describe } from "./call-rules.ts";
import { cast, makeMachines } from "./cast.ts";
import { planFaults } from "./fault-plan.ts";
import { type CallRecord, Ledger } from "./ledger.ts";
import { MeshRules } from "./mesh-rules.ts";
import type { Seams } from "./seams.ts";
import { contracts, echoHandler } from "./services.ts";
import {
  CLOSE_AT_MS,
  END_SLACK_MS,
  FAULTS_FROM_MS,
  GUARANTEE_MS,
  QUIET_FROM_MS,
  REPAIRED_BY_MS,
  SAFE_DEADLINE_MS,
} from "./times.ts";
import { Truth } from "./truth.ts";
import { Workload } from "./workload.ts";

/** How long closing everything may take, in milliseconds. */
const CLOSING_MS = 20_000;
/** For how long before a provider closes its links must have been good, for it to be heard. */
const HEARD_MS = 1_000;

/** One caller, three providers, and one seed's worth of trouble. */
export class FailoverRun {
  readonly #sim: Simulation;
  readonly #seed: number;
  readonly #metrics = new Metrics();
  readonly #log: ViolationLog;
  readonly #ledger: Ledger;
  readonly #machines: ReadonlyMap<string, MeshMachine>;
  readonly #caller: MeshMachine;
  readonly #providers: readonly MeshMachine[];
  readonly #links: Links;
  readonly #truth: Truth;
  readonly #meshRules: MeshRules;
  readonly #injector: FaultInjector<Mesh, MeshMachine>;
  readonly #replayer: Replayer;
  readonly #seams: Seams;
  /** Calls that have ended, as the caller's mesh says. */
  #ended = 0;

  constructor({ seed, crypto, traceLines }: ScenarioRun, seams: Seams) {
    const sim = createSimulation({ seed, traceLines });
    const now = (): number => sim.now;
    this.#sim = sim;
    this.#seed = seed;
    this.#seams = seams;
    this.#log = new ViolationLog(now);
    this.#ledger = new Ledger(now);
    this.#replayer = new Replayer({
      sim,
      random: sim.random.split("replays"),
      times: { fromMs: FAULTS_FROM_MS, untilMs: QUIET_FROM_MS },
    });
    this.#links = new Links(sim, drawLink(sim.random.split("links")));
    this.#machines = makeMachines({
      sim,
      crypto,
      clock: seams.clock,
      psk: seededEntropy(`${seed}/psk`).bytes(32),
      onDatagram: (machine, datagram, from, to) => {
        // Half of all links are enough: those to the caller.
        if (machine === this.#caller) this.#replayer.hear(datagram, from, to);
      },
      serve: (machine, mesh, { clock }) => {
        if (machine.name === cast.caller) return;
        const plain = echoHandler(this.#ledger, clock, machine.name, machine.life);
        const handler = (seams.handler?.(plain) ?? plain) as Handler<ServiceContract>;
        for (const contract of Object.values(contracts)) mesh.serve(contract, handler);
      },
      onServing: (machine, mesh) => {
        if (machine === this.#caller) mesh.onCall((event) => this.#onCall(event));
      },
      onCrash: (message) => this.#log.add("crash", message),
    });
    const [caller, ...providers] = [...this.#machines.values()];
    this.#caller = caller as MeshMachine;
    this.#providers = providers;
    const people = { caller: this.#caller, providers };
    this.#truth = new Truth({ sim, links: this.#links, ...people });
    this.#meshRules = new MeshRules({ sim, log: this.#log, metrics: this.#metrics, ...people });
    this.#injector = this.#makeInjector();
  }

  /** Tells the whole story. */
  async run(): Promise<SeedResult> {
    try {
      this.#schedule();
      await this.#sim.runFor(CLOSE_AT_MS);
      await this.#closeAll();
    } catch (error) {
      this.#log.add("crash", String(error));
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

  #schedule(): void {
    const sim = this.#sim;
    for (const machine of this.#machines.values()) machine.start();
    this.#truth.watch(QUIET_FROM_MS);
    this.#injector.schedule(planFaults(sim.random.split("faults"), cast));
    this.#replayer.schedule();
    new Workload({
      sim,
      random: sim.random.split("workload"),
      caller: this.#caller,
      providers: this.#providers,
      ledger: this.#ledger,
      seams: this.#seams,
      onStart: (record) => this.#watchCall(record),
      onEnd: (record) => this.#onEnd(record),
    }).schedule();
    sim.after(REPAIRED_BY_MS + 1, () => this.#meshRules.expectRediscovery());
    sim.after(QUIET_FROM_MS + 1_000, () => this.#meshRules.checkQuiet());
  }

  /** At the deadline of a safe call it shows whether an answer was owed. */
  #watchCall(record: CallRecord): void {
    if (!isOwedAnAnswer(record)) return;
    this.#sim.after(record.spec.deadlineMs, () => {
      if (!this.#truth.someUsableFor(GUARANTEE_MS)) return;
      this.#metrics.count("owed");
      this.#sim.after(END_SLACK_MS, () => {
        if (record.end?.type === "error") this.#log.add("answer-owed", describe(record));
      });
    });
  }

  /** How long it took is the mesh's doing if some provider was usable all the while. */
  #onEnd(record: CallRecord): void {
    if (!isOwedAnAnswer(record)) return;
    const tookMs = this.#sim.now - record.startedAt;
    this.#metrics.sample("safeCallMs", tookMs);
    if (this.#truth.someUsableFor(tookMs)) this.#metrics.sample("servableCallMs", tookMs);
  }

  #makeInjector(): FaultInjector<Mesh, MeshMachine> {
    return new FaultInjector({
      sim: this.#sim,
      links: this.#links,
      machines: this.#machines,
      onChange: () => this.#truth.look(),
      onKilled: (machine) => this.#meshRules.onKilled(machine),
      onClosing: (machine) => {
        const { nodeId, name } = this.#caller;
        const sinceMs = this.#sim.now - HEARD_MS;
        const hasSession =
          machine.mesh
            ?.peers()
            .some((peer) => peer.nodeId === nodeId && peer.state === "responsive") === true;
        return (closed) => {
          const isHeard =
            hasSession &&
            this.#caller.isWell &&
            this.#links.isGoodSince(name, machine.name, sinceMs);
          this.#meshRules.onClosed(machine, isHeard, closed);
        };
      },
      onCrash: (message) => this.#log.add("crash", message),
    });
  }

  #onCall({ moves, retries, hedges }: CallEvent): void {
    this.#ended++;
    this.#metrics.count("moves", moves);
    this.#metrics.count("retries", retries);
    this.#metrics.count("hedges", hedges);
  }

  async #closeAll(): Promise<void> {
    const machines = [...this.#machines.values()];
    const all = Promise.all(machines.map((machine) => machine.close()));
    const closed = await this.#sim.settle(all, CLOSING_MS);
    await this.#sim.runFor(1_000);
    closed.forEach((left, i) => {
      if (left !== undefined) this.#meshRules.checkClosed(machines[i]?.name ?? "", left);
    });
  }

  #judge(): void {
    new CallRules(this.#ledger, this.#log, ({ startedAt, endedAt }) =>
      this.#caller.stalledMs({ from: startedAt, to: endedAt ?? this.#sim.now }),
    ).judge();
    let calls = 0;
    for (const record of this.#ledger.records) {
      calls++;
      this.#measure(record);
    }
    this.#metrics.count("calls", calls);
    if (this.#ended !== calls) {
      this.#log.add("no-end", `${calls} calls were made, and ${this.#ended} ends were told`);
    }
  }

  #measure({ end }: CallRecord): void {
    if (end?.type === "cancelled") this.#metrics.count("cancelled");
    if (end?.type === "answer") this.#metrics.count("ok");
    if (end?.type === "error") {
      this.#metrics.count(`errors.${isRpcError(end.error) ? end.error.kind : "other"}`);
    }
  }
}

/** A retry-safe call with all the time that it needs. */
const isOwedAnAnswer = ({ spec }: CallRecord): boolean =>
  spec.service === "safe" && spec.retry && spec.deadlineMs >= SAFE_DEADLINE_MS;
