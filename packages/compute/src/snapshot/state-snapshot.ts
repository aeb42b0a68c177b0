import type { EntityId } from "@selvage/identity";

import type { CausalEvent } from "../causal/causal-link.ts";
import { compareTerms, type Term } from "../daemon/term.ts";

/** How far a snapshot is: the higher term is later, then the higher index. */
export interface SnapshotPosition {
  /** The term of the last applied event. */
  readonly term: Term;
  /** The index of the last applied event; 0 before the first. */
  readonly throughDelivery: number;
}

/**
 * Everything that a daemon is, at one moment: enough to go on elsewhere, without applying an event
 * twice or breaking its chain. Immutable; nobody writes to its bytes.
 */
export interface StateSnapshot extends SnapshotPosition {
  /** Whose daemon it is. */
  readonly entityId: EntityId;
  /** The last event of the daemon's chain. */
  readonly head: CausalEvent;
  /** What the next event names as its parent, if not the head. */
  readonly sentinel: bigint | undefined;
  /** The wall time when it was taken, in milliseconds. For people to read. */
  readonly createdAtMs: number;
  /** What was seen of others, see {@link ObservedHorizon.decode}. */
  readonly horizon: Uint8Array;
  /** Which events were applied, and what came of them. */
  readonly producers: Uint8Array;
  /** What the daemon told of itself. */
  readonly state: Uint8Array;
  /** What the daemon listens to, see {@link DaemonBindings.decode}. */
  readonly bindings: Uint8Array;
}

/** Orders positions, the earlier one first. */
export function comparePositions(a: SnapshotPosition, b: SnapshotPosition): number {
  return compareTerms(a.term, b.term) || a.throughDelivery - b.throughDelivery;
}
