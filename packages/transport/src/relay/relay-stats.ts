/** Why a relayed packet was dropped: by its source, by a relay, or where it arrived. */
export type RelayDrop =
  /** No usable way to its destination is known. */
  | "no-route"
  /** It was passed on too often. */
  | "hop-limit"
  /** It came back to its source. */
  | "loop"
  /** Its neighbour has used up its allowance. */
  | "rate-limit"
  /** Too much waits already on the next hop. */
  | "queue-full"
  /** It waited too long for the next hop. */
  | "too-old"
  /** It does not fit into a packet of the next hop. */
  | "too-large"
  /** It came within another relayed packet. */
  | "nested"
  /** This node does not relay. */
  | "not-forwarding";

/** Why a neighbour's word about a route was not taken. */
export type RouteIgnored =
  /** A later word was heard before. */
  | "stale"
  /** More destinations than the limits allow: taken when there is room. */
  | "too-many"
  /** More words of a neighbour than are taken in such a time: taken when there is time. */
  | "too-often"
  /** More relays than the limits allow. */
  | "too-long"
  /** It leads through this node, through a node twice, or through its destination. */
  | "loop"
  /** It does not begin at the neighbour, or leads to this node. */
  | "implausible";

/** What a transport relays. */
export interface RelayStats {
  /** Destinations that can be reached through relays now. */
  readonly routes: number;
  /** Packets passed on for others, and their bytes. */
  readonly forwarded: number;
  readonly forwardedBytes: number;
  /** Relayed packets by reason for which they went no further. */
  readonly dropped: Readonly<Partial<Record<RelayDrop, number>>>;
  /** Words about routes that were not taken, by reason. */
  readonly routesIgnored: Readonly<Partial<Record<RouteIgnored, number>>>;
}
