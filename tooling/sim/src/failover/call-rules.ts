import { deliveredOf } from "@selvage/core";
import { isRpcError } from "@selvage/nrpc";

import type { ViolationLog } from "../violations.ts";
import type { CallRecord, Ledger } from "./ledger.ts";
import { digest, type EchoAnswer } from "./services.ts";
import { END_SLACK_MS } from "./times.ts";

/** Judges calls one by one, once everything is over: work may start late. */
export class CallRules {
  readonly #ledger: Ledger;
  readonly #log: ViolationLog;
  readonly #stalledMsOf: (record: CallRecord) => number;

  /** `stalledMsOf` tells for how long the caller stood still during a call. */
  constructor(ledger: Ledger, log: ViolationLog, stalledMsOf: (record: CallRecord) => number) {
    this.#ledger = ledger;
    this.#log = log;
    this.#stalledMsOf = stalledMsOf;
  }

  /** Judges every call. */
  judge(): void {
    for (const record of this.#ledger.records) {
      this.#judgeStarts(record);
      this.#judgeEnd(record);
    }
  }

  #judgeStarts(record: CallRecord): void {
    const { spec, starts } = record;
    if (spec.service === "safe" || starts.length < 2) return;
    const where = starts.map(({ machine, life, atMs }) => `${machine}/${life} at ${atMs}`);
    this.#log.add("ran-twice", `${describe(record)} was started by ${where.join(", ")}`);
  }

  #judgeEnd(record: CallRecord): void {
    const { spec, startedAt, end, endedAt } = record;
    if (end === undefined || endedAt === undefined) {
      this.#log.add("no-end", `${describe(record)} has not ended`);
      return;
    }
    const lateMs = endedAt - startedAt - spec.deadlineMs - this.#stalledMsOf(record);
    if (lateMs > END_SLACK_MS) {
      this.#log.add("no-end", `${describe(record)} ended ${lateMs} ms too late`);
    }
    if (end.type === "answer") this.#judgeAnswer(record, end.answer);
    if (end.type === "error") this.#judgeError(record, end.error);
  }

  #judgeAnswer(record: CallRecord, answer: unknown): void {
    const { spec, starts } = record;
    const { id, digest: found, machine, life, padding } = answer as Partial<EchoAnswer>;
    const isRight =
      id === spec.id && found === digest(spec.payload) && padding?.length === spec.answerBytes;
    if (!isRight) {
      this.#log.add("wrong-answer", `${describe(record)} got ${summary(answer)}`);
    } else if (!starts.some((start) => start.machine === machine && start.life === life)) {
      this.#log.add(
        "wrong-answer",
        `${describe(record)} got an answer of ${machine}/${life}, which never started it`,
      );
    } else if (spec.pinnedTo !== undefined && machine !== spec.pinnedTo) {
      this.#log.add("wrong-answer", `${describe(record)} was answered by ${machine}`);
    }
  }

  #judgeError(record: CallRecord, error: unknown): void {
    if (!isRpcError(error)) {
      this.#log.add(
        "crash",
        `${describe(record)} failed with no error of a call: ${String(error)}`,
      );
      return;
    }
    if (deliveredOf(error) !== "never" || record.starts.length === 0) return;
    const [{ machine, life, atMs } = { machine: "?", life: 0, atMs: 0 }] = record.starts;
    this.#log.add(
      "false-never",
      `${describe(record)} failed with ${error.kind}, delivered never, but ${machine}/${life} started it at ${atMs}`,
    );
  }
}

/** A call in a few words. */
export function describe({ spec, startedAt, end, endedAt }: CallRecord): string {
  const { id, service, retry, hedge, pinnedTo, deadlineMs } = spec;
  const how = [
    service,
    ...(retry ? ["retry"] : []),
    ...(hedge ? ["hedge"] : []),
    ...(pinnedTo === undefined ? [] : [`pinned to ${pinnedTo}`]),
    `deadline ${deadlineMs}`,
  ];
  const outcome = end?.type === "error" ? `, ended at ${endedAt} with ${String(end.error)}` : "";
  return `call ${id} (${how.join(", ")}) from ${startedAt}${outcome}`;
}

const summary = (answer: unknown): string => JSON.stringify(answer)?.slice(0, 120) ?? "nothing";
