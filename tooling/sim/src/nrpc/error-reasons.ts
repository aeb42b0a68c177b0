import type { RpcError } from "@selvage/nrpc";

import { type CallRecord, endsBy, type HandlerRun, type Ledger } from "./ledger.ts";
import type { ServingSetting, Setting } from "./setting.ts";
import type { Truth } from "./truth.ts";

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
  // What a handler is aborted with ends the calls that it makes.
  if (record.parent?.abortedAt !== undefined) return undefined;
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
      return spec.key === undefined ? "nobody cancelled it" : undefined;
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

/** Its time was not over yet, nor that of an attempt; who stood still may count that double. */
function isInTime(record: CallRecord, truth: Truth): boolean {
  const { startedAt, endedAt = 0, spec } = record;
  if (truth.stoppedMs({ from: startedAt, to: endedAt }) > 0) return false;
  const attemptEnds = startedAt + (spec.attemptTimeoutMs ?? Number.POSITIVE_INFINITY);
  return endedAt < Math.min(endsBy(record), attemptEnds) - 1;
}
