import type { NodeId } from "@selvage/core";

import type { PlacementAxis } from "../placement-filter.ts";

/** Gives the round trip to a node, in milliseconds; `undefined` where it was not measured. */
export type RttLookup = (nodeId: NodeId) => number | undefined;

/** 1 for nodes within `maxRttMs`, or not measured, and 0 for those farther away. */
export function proximityAxis(
  maxRttMs: number | undefined,
  rttMs: RttLookup | undefined,
): PlacementAxis | undefined {
  if (maxRttMs === undefined || rttMs === undefined) return undefined;
  return {
    name: "proximity",
    score: ({ nodeId }) => ((rttMs(nodeId) ?? 0) <= maxRttMs ? 1 : 0),
  };
}
