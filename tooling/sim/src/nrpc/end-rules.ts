import { deliveredOf } from "@selvage/core";
import { type CallEvent, isRpcError, type RpcError } from "@selvage/nrpc";

import type { ViolationLog } from "../violations.ts";
import { describe, describeRun } from "./describe.ts";
import { reasonAgainst } from "./error-reasons.ts";
import { type CallRecord, endsBy, type HandlerRun, type Ledger, rootOf } from "./ledger.ts";
import { SourceFailed } from "./requests.ts";
import type { Setting } from "./setting.ts";
import { CLOCKS_MS, END_SLACK_MS } from "./times.ts";
import type { Truth } from "./truth.ts";

/** Outcomes of attempts for which no handler started. */
const REFUSALS: ReadonlySet<string> = new Set([
  "backpressure",
  "denied",
  "idempotency-mismatch",
  "not-found",
]);

/** What the rules are checked on. */
export interface EndRulesParts {
  readonly ledger: Ledger;
  readonly setting: Setting;
  readonly log: ViolationLog;
  readonly truth: Truth;
}

/** Judges how calls ended for their callers, once everything is over: work may start late. */
export class EndRules {
  readonly #parts: EndRulesParts;

  constructor(parts: EndRulesParts) {
    this.#parts = parts;
  }

  judge(): void {
    const { ledger, log } = this.#parts;
    for (const record of ledger.records) {
      if (record.wrong !== undefined) {
        log.add("wrong-answer", `${record.wrong}: ${describe(record)}`);
      }
      if (record.isOrphaned) continue;
      this.#judgeTime(record);
      if (record.parent === undefined) this.#judgeEvents(record);
      if (record.end?.type === "answer") this.#judgeAnswer(record);
      if (record.end?.type === "error") this.#judgeError(record, record.end.error);
    }
  }

  #judgeTime(record: CallRecord): void {
    const { log, truth } = this.#parts;
    const { startedAt, endedAt, caller, spec } = record;
    if (endedAt === undefined) {
      log.add("no-end", describe(record));
      return;
    }
    const stopped = truth.machine(caller.machine).stoppedMs({ from: startedAt, to: endedAt });
    // Who reads slowly sees the end when it looks.
    const lateMs = endedAt - endsBy(record) - stopped - spec.readGapMs;
    if (lateMs > END_SLACK_MS) {
      log.add("no-end", `${lateMs.toFixed(1)} ms too late: ${describe(record)}`);
    }
  }

  /** Of a call and those that handlers made for it, each end is told once. */
  #judgeEvents(root: CallRecord): void {
    const { ledger, log } = this.#parts;
    const all = ledger.records.filter((record) => rootOf(record) === root);
    if (all.some(({ isOrphaned }) => isOrphaned)) return;
    const events = ledger.events(root);
    if (events.length !== all.length) {
      log.add("no-end", `${events.length} ends of ${all.length} were told: ${describe(root)}`);
      return;
    }
    const told = events.filter(({ outcome }) => outcome === "ok").length;
    const seen = all.filter(({ end }) => end?.type === "answer").length;
    const left = all.filter(({ end }) => end?.type === "left").length;
    if (told < seen || told > seen + left) {
      log.add("no-end", `${told} of ${seen} answers were told: ${describe(root)}`);
    }
    const [only] = events;
    if (only !== undefined && events.length === 1) this.#judgeAlone(root, only);
  }

  /** What was told of a call that no other was made for. */
  #judgeAlone(record: CallRecord, event: CallEvent): void {
    this.#judgeRemaining(record, event);
    if (record.end?.type !== "error") return;
    const { error } = record.end;
    this.#judgeRefusals(record, error, event);
    if (!isRpcError(error) || event.outcome === error.kind) return;
    this.#parts.log.add("no-end", `its end was told as ${event.outcome}: ${describe(record)}`);
  }

  /** What was refused wherever it came to was certainly not delivered. */
  #judgeRefusals(record: CallRecord, error: unknown, { attempts }: CallEvent): void {
    const isRefused = attempts.length > 0 && attempts.every(({ outcome }) => REFUSALS.has(outcome));
    if (!isRefused || deliveredOf(error) !== "maybe") return;
    this.#parts.log.add("false-error", `it was refused, not maybe delivered: ${describe(record)}`);
  }

  /** A handler is told of no more time than there was when its attempt began. */
  #judgeRemaining(record: CallRecord, { startedAt, attempts }: CallEvent): void {
    const { log, truth } = this.#parts;
    for (const run of record.runs) {
      const { nodeId } = truth.machine(run.machine);
      const own = attempts.filter(({ provider }) => provider === nodeId);
      const earliest = Math.min(...own.map((attempt) => attempt.startedAt - startedAt));
      const leftMs = record.spec.deadlineMs - earliest;
      if (own.length === 0 || run.remainingMs <= leftMs + CLOCKS_MS) continue;
      const text = `${run.remainingMs} ms of ${leftMs} ms are left`;
      log.add("late-start", `${text}: ${describeRun(run)} of ${describe(record)}`);
    }
  }

  #judgeAnswer(record: CallRecord): void {
    const { log } = this.#parts;
    const run = record.answeredBy;
    const wrong = (text: string): void => {
      const by = run === undefined ? "nobody" : describeRun(run);
      log.add("wrong-answer", `${text}, by ${by}: ${describe(record)}`);
    };
    if (run === undefined) {
      const isEmpty = record.runs.some(
        ({ end, given }) => end === "answered" && given.length === 0,
      );
      if (!isEmpty) wrong("an end that no handler gave");
      return;
    }
    if (record.source.hasThrown && run.hasReadAll) wrong("an answer though the requests failed");
    if (!this.#mayAnswer(run, record)) wrong("an answer to something else");
    if (run.end !== "answered") wrong("an answer of a handler that did not end so");
    if (run.given.length !== record.received) wrong(`${run.given.length} responses were given`);
  }

  #mayAnswer({ call }: HandlerRun, { id, spec, caller }: CallRecord): boolean {
    if (call.id === id) return true;
    return (
      spec.key !== undefined &&
      call.spec.key === spec.key &&
      call.spec.content === spec.content &&
      call.caller.machine === caller.machine
    );
  }

  #judgeError(record: CallRecord, error: unknown): void {
    const { log } = this.#parts;
    if (error instanceof SourceFailed) {
      if (!record.source.hasThrown) log.add("false-error", describe(record));
      return;
    }
    if (!isRpcError(error)) {
      log.add("crash", `it failed with no error of a call: ${describe(record)}`);
      return;
    }
    const [run] = record.runs;
    if (deliveredOf(error) === "never" && run !== undefined) {
      log.add("false-never", `${describeRun(run)} was started: ${describe(record)}`);
    }
    this.#judgeReason(record, error);
  }

  #judgeReason(record: CallRecord, error: RpcError): void {
    const reason = reasonAgainst(record, error, this.#parts);
    if (reason !== undefined) {
      this.#parts.log.add("false-error", `${reason}: ${describe(record)}`);
    }
  }
}
