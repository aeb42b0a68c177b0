import type { NodeId } from "@selvage/core";

import { CROWDED_CONCENTRATION, CROWDED_SCORE } from "../../defaults.ts";
import type { Artifact } from "../artifact.ts";
import type { PlacementAxis } from "../placement-filter.ts";

/**
 * Gives the share, from 0 to 1, of all that must not fall together that is on a node already;
 * `undefined` where it is not known.
 */
export type ConcentrationLookup = (nodeId: NodeId, artifact: Artifact) => number | undefined;

/** 1 for nodes with at most {@link CROWDED_CONCENTRATION}, {@link CROWDED_SCORE} for others. */
export function antiAffinityAxis(
  concentration: ConcentrationLookup | undefined,
): PlacementAxis | undefined {
  if (concentration === undefined) return undefined;
  return {
    name: "anti-affinity",
    score({ nodeId }, artifact) {
      const share = concentration(nodeId, artifact) ?? 0;
      return Number.isFinite(share) && share > CROWDED_CONCENTRATION ? CROWDED_SCORE : 1;
    },
  };
}
