import type { NodeId } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import type { DaemonHealth } from "../daemon/mesh-daemon.ts";
import type { Term } from "../daemon/term.ts";

/** What a host tells of a member that is there. */
export interface MemberStatus {
  readonly slot: number;
  readonly incarnation: number;
  readonly originHash: OriginHash;
  /** The kind of its daemon. */
  readonly kind: string;
  /** How it works, such as `solo`. */
  readonly program: string;
  /** How many events its daemon applied. */
  readonly deliveryIndex: number;
  readonly health: DaemonHealth;
  /** How busy its daemon is, from 0 to 1. */
  readonly saturation: number;
  /** What only members of this program know of themselves. */
  readonly details: Uint8Array;
}

/** What a host tells of a group. */
export interface HostStatus {
  readonly nodeId: NodeId;
  /** The highest term that it has seen, that of the question included. */
  readonly term: Term;
  readonly members: readonly MemberStatus[];
  /** The highest incarnation that was seen of each slot, also of those that are gone. */
  readonly incarnations: readonly { readonly slot: number; readonly incarnation: number }[];
  /** Reports that wait to be acknowledged. */
  readonly reports: number;
}
