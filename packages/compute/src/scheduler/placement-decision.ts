import type { PlacementFactor, PlacementVeto } from "@selvage/capability-index";
import type { NodeId } from "@selvage/core";

/** Why a node was chosen. */
export type PlacementReason =
  /** The request named it. */
  | "pinned"
  /** It is this node, which may and can. */
  | "local-preferred"
  /** No other node may and can. */
  | "only-candidate"
  /** It has the best score; of equal ones it is nearer, freer or has the lower id. */
  | "best-score"
  /** Without a strategy to score nodes, it is the nearest, the freest or has the lowest id. */
  | "first-match";

/** A node that was chosen from. */
export interface ConsideredNode {
  readonly nodeId: NodeId;
  /** From 0 to 1. */
  readonly score: number;
  /** How the score came about. */
  readonly axes: readonly PlacementFactor[];
  readonly rttMs: number | undefined;
}

/** Where something goes, and why. */
export interface PlacementDecision {
  readonly nodeId: NodeId;
  readonly reason: PlacementReason;
  /** The nodes that may and can, the best first; at most {@link MAX_CONSIDERED_NODES}. */
  readonly considered: readonly ConsideredNode[];
  /** How many there are. */
  readonly candidates: number;
  /** Nodes that have what is asked for and must not be chosen all the same; bounded likewise. */
  readonly vetoed: readonly { readonly nodeId: NodeId; readonly veto: PlacementVeto }[];
  /** Nodes that have what is asked for, and are excluded by the request; bounded likewise. */
  readonly excluded: readonly NodeId[];
}
