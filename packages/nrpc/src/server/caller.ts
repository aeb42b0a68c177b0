import { isNodeId, type NodeId } from "@selvage/core";
import { type EntityId, formatEntityId, parseEntityId } from "@selvage/identity";

/** Who calls, as the session has proven it. */
export interface Caller {
  readonly nodeId: NodeId;
  readonly entityId: EntityId;
}

/**
 * Who may call a service: node ids and entity ids, or a function that answers `true` for those who
 * may. Nobody else, so an empty list shuts everybody out.
 */
export type AllowedCallers = readonly (NodeId | EntityId)[] | ((caller: Caller) => boolean);

/** Answers whether a caller may call; anything but `true` is a no. */
export type CallerRule = (caller: Caller) => unknown;

/**
 * The rule that an allow-list stands for; a list is read now, whatever becomes of it later.
 *
 * @throws TypeError for what is no list, or an entry that is no id; IdentityError for bytes that are none.
 */
export function callerRule(allow: AllowedCallers | undefined): CallerRule | undefined {
  if (allow === undefined || typeof allow === "function") return allow;
  if (!Array.isArray(allow)) {
    throw new TypeError(`allow must be a list of ids or a function, got ${typeof allow}`);
  }
  const ids = new Set((allow as readonly (NodeId | EntityId)[]).map(textOf));
  return ({ nodeId, entityId }) => ids.has(nodeId) || ids.has(formatEntityId(entityId));
}

function textOf(id: NodeId | EntityId): string {
  if (typeof id !== "string") return formatEntityId(parseEntityId(id));
  if (!isNodeId(id)) {
    throw new TypeError(`allow takes node ids and entity ids, got "${String(id).slice(0, 80)}"`);
  }
  return id;
}
