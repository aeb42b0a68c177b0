import type { NodeId } from "@selvage/core";

import type { Term } from "../daemon/term.ts";
import type { MemberRef } from "./member-ref.ts";

/**
 * What a coordinator may ask of a host. Hosts know `spawn`, `remove`, `status`, `snapshot`, `restore`,
 * `reports` and `ack-reports`; what else there is goes to the member, such as `promote` and `follow`.
 */
export type HostCommandKind = string;

/** What a host is to do, before it is signed. Slot and incarnation are 0 where the whole group is meant. */
export interface HostCommand extends MemberRef {
  readonly kind: HostCommandKind;
  /** The node that is to do it, and no other. */
  readonly to: NodeId;
  /** Under whose authority. A host refuses a lower term than it has seen in the group. */
  readonly term: Term;
  /**
   * From 1, and higher with each command of a term: a host that was told something else since refuses
   * what would undo it. A retry has the number of the first attempt.
   */
  readonly sequence: number;
}

/** A command as it travels. */
export interface SignedCommand {
  /** The encoded command, with a digest of the payload. */
  readonly body: Uint8Array;
  /** What it is about; may be large, such as a snapshot. */
  readonly payload: Uint8Array;
  /** Over the body, by the key of the group or of a delegate. */
  readonly signature: Uint8Array;
  /** What makes the signer a delegate; `undefined` if the key of the group signed. */
  readonly certificate: Uint8Array | undefined;
}
