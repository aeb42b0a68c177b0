import type { NodeId } from "@selvage/core";

import type { Artifact } from "./artifact.ts";
import type { RttLookup } from "./axes/proximity.ts";
import type {
  PlacementExplanation,
  PlacementFactor,
  PlacementFilter,
  PlacementVeto,
} from "./placement-filter.ts";
import { clampScore } from "./score.ts";

/** What decides between nodes with the same score. */
export interface TieBreaks {
  /** The nearer node is preferred, and any measured one to others. */
  readonly rttMs?: RttLookup | undefined;
  /** Then the node with more left; in any unit, and 0 where it is not known. */
  readonly freeResource?: ((nodeId: NodeId) => number | undefined) | undefined;
}

/** A node that an artifact may go to, and what speaks for it. */
export interface RankedPlacement {
  readonly nodeId: NodeId;
  /** From 0 to 1. */
  readonly score: number;
  /** How the score came about; nothing, where the filter does not say. */
  readonly axes: readonly PlacementFactor[];
  readonly rttMs: number | undefined;
  readonly freeResource: number;
}

/** Where an artifact may go, and where it must not. */
export interface PlacementRanking {
  /** The best first. */
  readonly placements: readonly RankedPlacement[];
  /** By node id. */
  readonly vetoed: readonly { readonly nodeId: NodeId; readonly veto: PlacementVeto }[];
}

/**
 * Ranks nodes for an artifact: by score, then by {@link TieBreaks}, then the lower node id. The order
 * in which the candidates come makes no difference, and neither does one that comes twice.
 */
export function rankPlacements(
  candidates: Iterable<NodeId>,
  artifact: Artifact,
  filter: PlacementFilter,
  tieBreaks: TieBreaks = {},
): PlacementRanking {
  const placements: RankedPlacement[] = [];
  const vetoed: { nodeId: NodeId; veto: PlacementVeto }[] = [];
  for (const nodeId of new Set(candidates)) {
    const { score, veto = "filter", axes } = explanation(filter, nodeId, artifact);
    if (score === undefined || !Number.isFinite(score)) vetoed.push({ nodeId, veto });
    else {
      const rttMs = measured(tieBreaks.rttMs?.(nodeId));
      const freeResource = measured(tieBreaks.freeResource?.(nodeId)) ?? 0;
      placements.push({ nodeId, score: clampScore(score), axes, rttMs, freeResource });
    }
  }
  return {
    placements: placements.toSorted(compare),
    vetoed: vetoed.toSorted((a, b) => compareIds(a.nodeId, b.nodeId)),
  };
}

function explanation(
  filter: PlacementFilter,
  nodeId: NodeId,
  artifact: Artifact,
): PlacementExplanation {
  return (
    filter.explain?.(nodeId, artifact) ?? {
      score: filter.placementScore(nodeId, artifact),
      axes: [],
    }
  );
}

function measured(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function compare(a: RankedPlacement, b: RankedPlacement): number {
  return (
    b.score - a.score ||
    compareRtts(a.rttMs, b.rttMs) ||
    b.freeResource - a.freeResource ||
    compareIds(a.nodeId, b.nodeId)
  );
}

function compareRtts(a: number | undefined, b: number | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a - b;
}

function compareIds(a: NodeId, b: NodeId): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
