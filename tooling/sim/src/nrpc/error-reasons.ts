import type { RpcError, RpcErrorKind } from "@selvage/nrpc";

import { type CallRecord, endsBy, type HandlerRun, type Ledger } from "./ledger.ts";
import type { ServingSetting, Setting } from "./setting.ts";
import { CLOCKS_MS } from "./times.ts";
import type { Truth } from "./truth.ts";

/** The longest wait between two attempts, in milliseconds. */
const LONGEST_BACKOFF_MS = 1_000;

/** What handlers are aborted with. */
const ABORTS: ReadonlySet<string> = new Set(["cancelled", "timeout", "unavailable"]);

/** What is known of why calls may fail. */
export interface ReasonParts {
  readonly ledger: Ledger;
  readonly setting: Setting;
  readonly truth: Truth;
}

/** What speaks for or against an error. */
interface Facts {
  readonly record: CallRecord;
  readonly error: RpcError;
  readonly parts: ReasonParts;
  /** Of the call, and of those that its key makes the same. */
  readonly runs: readonly HandlerRun[];
  /** How it is served where it may have come to. */
  readonly places: readonly ServingSetting[];
}

const impossible = (): string => "there is no reason for that";
/** Whether that was so, other rules ask. */
const possible = (): undefined => undefined;
const unless = (isTrue: boolean, text: string): string | undefined => (isTrue ? undefined : text);

/** By kind: why that cannot be, if it cannot. */
const reasons: Readonly<Record<RpcErrorKind, (facts: Facts) => string | undefined>> = {
  application: ({ runs, record, error }) =>
    unless(
      runs.some((run) => isWhole(run, record) && error.code === `run-${run.id}`),
      "no handler said so",
    ),
  internal: ({ runs }) =>
    unless(
      runs.some(({ end }) => end === "threw"),
      "no handler threw",
    ),
  "idempotency-mismatch": ({ record, parts }) =>
    unless(othersOf(record, parts.ledger).length > 0, "nobody else used the key"),
  denied: ({ record, places }) =>
    unless(
      places.some(({ denies }) => denies === record.caller.machine),
      "nobody denies the caller anything",
    ),
  "not-found": ({ record, places }) =>
    unless(
      record.spec.pinnedTo !== undefined && places.length === 0,
      "it is served wherever it is looked for",
    ),
  timeout: ({ record, parts }) => unless(!isInTime(record, parts.truth), "there was time left"),
  closed: ({ record, parts }) =>
    unless(parts.setting.machines[0]?.name !== record.caller.machine, "its node was open"),
  cancelled: () => "nobody cancelled it",
  backpressure: possible,
  draining: possible,
  "no-route": possible,
  unavailable: possible,
  "already-served": impossible,
  "bad-request": impossible,
  "bad-response": impossible,
  incompatible: impossible,
  "message-too-large": impossible,
};

/** Why a call cannot have failed like this, if it cannot. */
export function reasonAgainst(
  record: CallRecord,
  error: RpcError,
  parts: ReasonParts,
): string | undefined {
  const { kind } = error;
  const runs = familyOf(record, parts.ledger).flatMap((call) => call.runs);
  // What a handler is aborted with, and it may not look, ends the calls that it makes.
  const mayBeAborted = record.parent !== undefined && ABORTS.has(kind);
  // What a handler was aborted with is the answer to the repeats of its call, too.
  const isRepeat =
    record.spec.key !== undefined && runs.some(({ abortedAt }) => abortedAt !== undefined);
  if (mayBeAborted || (isRepeat && ABORTS.has(kind))) return undefined;
  return reasons[kind]({ record, error, parts, runs, places: placesOf(record, parts.setting) });
}

/** Those that serve it to others, of a pinned call at its node. */
function placesOf({ spec }: CallRecord, { machines }: Setting): readonly ServingSetting[] {
  return machines
    .filter(({ name }) => spec.pinnedTo === undefined || spec.pinnedTo === name)
    .flatMap(({ serves }) => serves)
    .filter(({ service }) => service === spec.service);
}

/** The call, and those that are recognised as the same by their key. */
function familyOf(record: CallRecord, ledger: Ledger): readonly CallRecord[] {
  const { key } = record.spec;
  if (key === undefined) return [record];
  return ledger.records.filter(({ spec, caller }) => {
    return (
      spec.key === key &&
      spec.content === record.spec.content &&
      caller.machine === record.caller.machine
    );
  });
}

/** Calls with the same key that are others. */
function othersOf(record: CallRecord, ledger: Ledger): readonly CallRecord[] {
  const { key, content } = record.spec;
  if (key === undefined) return [];
  return ledger.records.filter(({ spec }) => spec.key === key && spec.content !== content);
}

/** Its error came behind all that it gave. */
const isWhole = ({ end, given }: HandlerRun, { received, service }: CallRecord): boolean =>
  end === "application" &&
  (service.contract.shape === "unary" || service.contract.shape === "client-stream"
    ? received === 0
    : received === given.length);

/**
 * Its time was not over yet, nor that of an attempt, nor too short for the wait before another one;
 * who stood still may count that double.
 */
function isInTime(record: CallRecord, truth: Truth): boolean {
  const { startedAt, endedAt = 0, spec } = record;
  if (truth.stoppedMs({ from: startedAt, to: endedAt }) > 0) return false;
  const attemptEnds = startedAt + (spec.attemptTimeoutMs ?? Number.POSITIVE_INFINITY);
  const waits = spec.retry === false ? 0 : LONGEST_BACKOFF_MS;
  return endedAt < Math.min(endsBy(record) - waits, attemptEnds) - CLOCKS_MS;
}
