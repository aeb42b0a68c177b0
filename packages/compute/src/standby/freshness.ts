import { compareTerms } from "../daemon/term.ts";
import type { StandbyDetails } from "./standby-messages.ts";

/**
 * Orders members by what they hold, the older first: by the last term in which they were a copy of the
 * active (or it), then by the last entry. Not by the term of the last entry: an active may go on with
 * entries of an earlier term and acknowledge them, and one that was away with a later term, never
 * acknowledged, must not come before it (Raft, §5.4.2; Viewstamped Replication Revisited, §4.2).
 */
export function compareFreshness(a: StandbyDetails, b: StandbyDetails): number {
  return compareTerms(a.synced, b.synced) || a.history.last - b.history.last;
}

/** Whether a member has anything to be promoted with. */
export function isPromotable({ role }: StandbyDetails): boolean {
  return role === "standby" || role === "active";
}
