import type { NodeId } from "@selvage/core";

import type { CapabilitySet } from "../capabilities/capability-set.ts";
import type { Artifact } from "./artifact.ts";

/** Says how well an artifact would be placed on a node. */
export interface PlacementFilter {
  /**
   * From 0, the worst place of all, to 1; `undefined` where it must not go. What is not finite
   * counts as `undefined`.
   */
  placementScore(nodeId: NodeId, artifact: Artifact): number | undefined;
  /** How the score comes about, for rankings that explain themselves. */
  explain?(nodeId: NodeId, artifact: Artifact): PlacementExplanation;
}

/** What a placement is judged by. */
export type PlacementAxisName =
  | "custom"
  | "scope"
  | "proximity"
  | "intent"
  | "colocation"
  | "resource"
  | "anti-affinity";

/** Why an artifact must not go to a node. */
export type PlacementVeto =
  /** Nothing is known of the node, or it failed. */
  | "unknown-node"
  /** No filter is registered under the id that the configuration names. */
  | "unknown-filter"
  /** The filter of that id said so, or gave what is no score. */
  | "custom"
  /** The node lacks a tag that the daemon requires. */
  | "required-tags"
  /** The node takes no blobs, is not well, or has no room for this one. */
  | "blob-storage"
  /** A filter that gives no reasons said so, or gave what is no score. */
  | "filter";

/** One factor of a score. */
export interface PlacementFactor {
  readonly axis: PlacementAxisName;
  readonly score: number;
}

/** How a score came about. */
export interface PlacementExplanation {
  /** The product of the axes; `undefined` with a {@link veto}. */
  readonly score: number | undefined;
  readonly veto?: PlacementVeto | undefined;
  /** The factors that were looked at, in that order; after a 0 nothing more is. */
  readonly axes: readonly PlacementFactor[];
}

/** A node that an artifact may be placed on. */
export interface PlacementTarget {
  readonly nodeId: NodeId;
  readonly capabilities: CapabilitySet;
}

/** Where the capabilities of nodes are looked up: a {@link CapabilityIndex}, or a `Map`. */
export interface PlacementTargets {
  get(nodeId: NodeId): { readonly capabilities: CapabilitySet } | undefined;
  /** Whether the node failed: then nothing is placed on it. */
  isHidden?(nodeId: NodeId): boolean;
}

/** One of the things that a placement is judged by, where it is on. */
export interface PlacementAxis {
  readonly name: PlacementAxisName;
  /** From 0 to 1; what is beyond is cut off, and NaN is 0. */
  readonly score: (target: PlacementTarget, artifact: Artifact) => number;
}
