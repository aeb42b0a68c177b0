import type { RpcError } from "@selvage/nrpc";

import { type CallRecord, endsBy, type HandlerRun, type Ledger } from "./ledger.ts";
import type { ServingSetting, Setting } from "./setting.ts";
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

/** Why a call cannot have failed like this, if it cannot. */
export function reasonAgainst(
  record: CallRecord,
  { kind, code }: RpcError,
  parts: ReasonParts,
): string | undefined {
  const { spec, caller } = record;
  const family = familyOf(record, parts.ledger);
  const runs = family.flatMap((call) => call.runs);
  const places = placesOf(record, parts.setting);
  // What a handler is aborted with, and it may not look, ends the calls that it makes.
  const mayBeAborted = record.parent !== undefined && ABORTS.has(kind);
  // What a handler was aborted with is the answer to the repeats of its call, too.
  const isRepeat = spec.key !== undefined && runs.some(({ abortedAt }) => abortedAt !== undefined);
  if (mayBeAborted || (isRepeat && ABORTS.has(kind))) return undefined;
  switch (kind) {
    case "application":
      return runs.some((run) => isWhole(run, record) && code === `run-${run.id}`)
        ? undefined
        : "no handler said so";
    case "internal":
      return runs.some(({ end }) => end === "threw") ? undefined : "no handler threw";
    case "idempotency-mismatch":
      return othersOf(record, parts.ledger).length > 0 ? undefined : "nobody else used the key";
    case "denied":
      return places.some(({ denies }) => denies === caller.machine)
        ? undefined
        : "nobody denies the caller anything";
    case "not-found":
      return spec.pinnedTo !== undefined && places.length === 0
        ? undefined
        : "it is served wherever it is looked for";
    case "cancelled":
      return "nobody cancelled it";
    case "timeout":
      return isInTime(record, parts.truth) ? "there was time left" : undefined;
    case "closed":
      return parts.setting.machines[0]?.name === caller.machine ? "its node was open" : undefined;
    case "backpressure":
    case "draining":
    case "no-route":
    case "unavailable":
      // Whether that was so, other rules ask.
      return undefined;
    default:
      return "there is no reason for that";
  }
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
  const waits = spec.retry === false ? 1 : LONGEST_BACKOFF_MS;
  return endedAt < Math.min(endsBy(record) - waits, attemptEnds);
}
