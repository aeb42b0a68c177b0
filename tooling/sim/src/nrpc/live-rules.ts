import type { Simulation } from "@selvage/testing";

import type { Metrics } from "../metrics.ts";
import type { ViolationLog } from "../violations.ts";
import { describe, describeRun } from "./describe.ts";
import { type CallRecord, endsBy, type HandlerRun } from "./ledger.ts";
import type { ServingSetting } from "./setting.ts";
import { END_SLACK_MS, GUARANTEE_MS, HEARD_MS, IN_REACH_MS, UNDER_WAY_MS } from "./times.ts";
import type { Truth } from "./truth.ts";

/** How long after a call its requests may still be told, in milliseconds. */
const SOURCE_MS = 1_000;
/** How soon what a handler began hears that it was aborted, in milliseconds. */
const ORPHAN_MS = 250;

/** What the rules are checked on. */
export interface LiveRulesParts {
  readonly sim: Simulation;
  readonly log: ViolationLog;
  readonly metrics: Metrics;
  readonly truth: Truth;
}

/** What can only be judged while it happens. */
export class LiveRules {
  readonly #parts: LiveRulesParts;

  constructor(parts: LiveRulesParts) {
    this.#parts = parts;
  }

  onCallStart(record: CallRecord): void {
    const { sim, truth, metrics, log } = this.#parts;
    const { spec } = record;
    if (!spec.isOwed) return;
    sim.after(spec.deadlineMs, () => {
      if (!truth.isServedFor(spec.service, GUARANTEE_MS)) return;
      metrics.count("owed");
      sim.after(END_SLACK_MS, () => {
        if (record.end?.type !== "error" || record.received > 0) return;
        log.add("answer-owed", describe(record));
      });
    });
  }

  onCallEnd(record: CallRecord): void {
    const { sim, log } = this.#parts;
    if (record.listeners > 0) {
      log.add("leak", `${record.listeners} listeners are left of ${describe(record)}`);
    }
    if (record.spec.isLast && record.end?.type !== "answer") {
      log.add("not-served-again", describe(record));
    }
    const endedAt = sim.now;
    const runs = [...record.runs];
    sim.after(HEARD_MS, () => {
      for (const run of runs) this.#checkHeard(record, run, endedAt);
    });
    sim.after(SOURCE_MS, () => {
      const { truth } = this.#parts;
      if (!record.source.isOpen || !truth.isAwakeSince(record.caller, endedAt)) return;
      log.add("source-left", `nobody ended the requests of ${describe(record)}`);
    });
  }

  onRunStart(run: HandlerRun, running: number, serving: ServingSetting): void {
    const { log } = this.#parts;
    const { call } = run;
    const { spec, caller } = call;
    const told = (): string => `${describeRun(run)} for ${describe(call)}`;
    if (spec.pinnedTo !== undefined && run.machine !== spec.pinnedTo) {
      log.add("pinned-moved", told());
    }
    const isDistrusted = spec.pinnedTo === undefined && spec.distrusts === run.machine;
    if (serving.denies === caller.machine || isDistrusted) log.add("not-let-in", told());
    if (running > (serving.maxInFlight ?? Number.POSITIVE_INFINITY)) {
      log.add("too-many", `${running} run, at most ${serving.maxInFlight}: ${told()}`);
    }
    this.#checkTime(run);
  }

  /** What a handler is told of the deadline is true, and there is some time left. */
  #checkTime(run: HandlerRun): void {
    const { log, truth, sim } = this.#parts;
    const { call, remainingMs } = run;
    const leftMs = endsBy(call) - call.startedAt;
    const told = (): string => `${describeRun(run)} for ${describe(call)}`;
    if (remainingMs > leftMs + 1) {
      log.add("late-start", `${remainingMs} ms of ${leftMs} ms are left: ${told()}`);
    }
    const lateMs = run.startedAt - endsBy(call);
    const others = truth.stoppedMs({ from: call.startedAt, to: run.startedAt });
    // What waited in the socket while it stood still is known to be old, and nothing waits for long
    // at another node that could not pass it on.
    const own = truth.machine(run.machine).stoppedMs({ from: call.startedAt, to: run.startedAt });
    if (lateMs > UNDER_WAY_MS + others - own) {
      log.add("late-start", `${lateMs.toFixed(1)} ms after the deadline: ${told()}`);
    }
    if (!run.call.spec.script.hasSignal) return;
    sim.after(remainingMs + END_SLACK_MS, () => {
      if (run.end !== undefined || run.abortedAt !== undefined) return;
      if (!truth.isAwakeSince(run, run.startedAt)) return;
      log.add("unheard", `its deadline has passed: ${told()}`);
    });
  }

  onAbort(run: HandlerRun): void {
    const { sim, log, truth } = this.#parts;
    const since = sim.now;
    sim.after(ORPHAN_MS, () => {
      if (!truth.isAwakeSince(run, since)) return;
      for (const nested of run.nested) {
        if (nested.end !== undefined) continue;
        log.add("orphan", `${describeRun(run)} was aborted, but not ${describe(nested)}`);
      }
    });
  }

  #checkHeard(record: CallRecord, run: HandlerRun, endedAt: number): void {
    const { log, truth } = this.#parts;
    const { spec, service, end } = record;
    if (run.end !== undefined || run.abortedAt !== undefined || !spec.script.hasSignal) return;
    // Who names a key may come again for the answer, if it did not take the call back.
    const isKeyed = spec.key !== undefined && service.contract.shape === "unary";
    if (isKeyed && end?.type !== "cancelled") return;
    if (!truth.areInTouchSince(record.caller, run, endedAt - IN_REACH_MS)) return;
    log.add("unheard", `nobody waits for ${describeRun(run)} of ${describe(record)}`);
  }
}
