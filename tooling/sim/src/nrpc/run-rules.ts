import type { ViolationLog } from "../violations.ts";
import { describe, describeRun } from "./describe.ts";
import type { CallRecord, HandlerRun, Ledger } from "./ledger.ts";
import type { Setting } from "./setting.ts";

/** Judges what handlers saw and how often they started, once everything is over. */
export class RunRules {
  readonly #ledger: Ledger;
  readonly #setting: Setting;
  readonly #log: ViolationLog;

  constructor(ledger: Ledger, setting: Setting, log: ViolationLog) {
    this.#ledger = ledger;
    this.#setting = setting;
    this.#log = log;
  }

  judge(): void {
    for (const run of this.#ledger.runs) this.#judgeRequests(run);
    for (const record of this.#ledger.records) this.#judgeStarts(record);
    this.#judgeKeys();
  }

  #judgeRequests(run: HandlerRun): void {
    const { call, wrong, hasReadAll, read } = run;
    const tell = (text: string): void => {
      this.#log.add("wrong-requests", `${text}: ${describeRun(run)} of ${describe(call)}`);
    };
    if (wrong !== undefined) tell(wrong);
    const { shape } = call.service.contract;
    if (shape === "unary" || shape === "server-stream" || !hasReadAll) return;
    if (!call.source.hasEnded) tell("its requests ended, but not the caller's");
    else if (read !== call.source.given) tell(`it read ${read} of ${call.source.given} requests`);
  }

  #judgeStarts(record: CallRecord): void {
    const { spec, service, runs } = record;
    if (runs.length < 2) return;
    const declared = typeof spec.retry === "object" ? spec.retry.maybeDelivered : undefined;
    const isSafe = declared ?? service.contract.idempotent;
    if (isSafe && spec.pinnedTo === undefined && (spec.retry !== false || spec.hedge !== false)) {
      return;
    }
    this.#log.add("ran-twice", `${runs.map(describeRun).join("; ")}: ${describe(record)}`);
  }

  /** At one process, or at all that share a store, a key stands for one run. */
  #judgeKeys(): void {
    const known = new Map<string, HandlerRun>();
    for (const run of this.#ledger.runs) {
      const { spec, caller, service } = run.call;
      if (spec.key === undefined || service.contract.shape !== "unary") continue;
      const isShared = this.#setting.machines[0]?.store === "shared";
      const place = isShared ? "everywhere" : `${run.machine}/${run.life}`;
      const id = `${spec.service} ${caller.machine} ${spec.key} ${place}`;
      const before = known.get(id);
      if (before === undefined) known.set(id, run);
      else {
        const both = `${describeRun(before)} and ${describeRun(run)}`;
        this.#log.add("key-ran-twice", `${both} of ${describe(run.call)}`);
      }
    }
  }
}
