import { type NodeId, parseNodeId } from "@selvage/core";

/**
 * Whose word counts in a group: the higher number, and of equal ones the higher id of whoever
 * gave it out.
 */
export interface Term {
  readonly number: number;
  /** One run of a coordinator, see {@link coordinatorIdOf}. */
  readonly coordinator: NodeId;
}

/** The term of a daemon that is in no group: below every other one. */
export const NO_TERM: Term = { number: 0, coordinator: parseNodeId("0".repeat(32)) };

/** Orders terms, the older one first. */
export function compareTerms(a: Term, b: Term): number {
  if (a.number !== b.number) return a.number - b.number;
  if (a.coordinator === b.coordinator) return 0;
  return a.coordinator < b.coordinator ? -1 : 1;
}
