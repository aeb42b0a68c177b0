import type { CallRecord, HandlerRun } from "./ledger.ts";

/** A call in a few words. */
export function describe(record: CallRecord): string {
  const { id, spec, service, caller, parent, startedAt, end, endedAt, received } = record;
  const { contract } = service;
  const how = [
    contract.shape,
    ...(contract.idempotent ? ["idempotent"] : []),
    ...(spec.retry === false ? [] : [`retry ${JSON.stringify(spec.retry)}`]),
    ...(spec.hedge === false ? [] : ["hedge"]),
    ...(spec.key === undefined ? [] : [spec.key]),
    ...(spec.pinnedTo === undefined ? [] : [`pinned to ${spec.pinnedTo}`]),
    ...(parent === undefined ? [] : [`for call ${parent.call.id}`]),
    `deadline ${spec.deadlineMs}`,
  ];
  const outcome = end?.type === "error" ? String(end.error) : (end?.type ?? "no end");
  return `call ${id} of ${caller.machine}/${caller.life} to ${spec.service} (${how.join(", ")}) from ${startedAt.toFixed(1)} to ${endedAt?.toFixed(1)}: ${outcome} after ${received} responses`;
}

/** A handler's run in a few words. */
export const describeRun = ({ id, machine, life, startedAt, end }: HandlerRun): string =>
  `handler ${id} at ${machine}/${life} from ${startedAt.toFixed(1)}, ${end ?? "not ended"}`;
