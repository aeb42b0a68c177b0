import type { GroupId } from "./group-id.ts";

/** One instance of one member of a group. */
export interface MemberRef {
  readonly group: GroupId;
  /** Which member, from 0. */
  readonly slot: number;
  /**
   * Which placement of that member, from 1 and higher at each; a host that has seen a higher one
   * refuses a lower one.
   */
  readonly incarnation: number;
}
