import { type NodeId, parseNodeId } from "@selvage/core";

import {
  type Artifact,
  CapabilitySet,
  type CapabilitySetParts,
  StandardPlacement,
  type StandardPlacementConfig,
  type StandardPlacementParts,
} from "../../src/index.ts";

/** The id of a node for tests; a lower number is a lower id. */
export function nodeId(n: number): NodeId {
  return parseNodeId(n.toString(16).padStart(32, "0"));
}

export const NODE: NodeId = nodeId(1);

/** A daemon that says this of itself, as required. */
export function daemon(parts: CapabilitySetParts = {}): Artifact {
  return { kind: "daemon", required: CapabilitySet.from(parts) };
}

/** How a placement judges one node that has these capabilities. */
export function scoreOn(
  capabilities: CapabilitySet,
  config: StandardPlacementConfig,
  {
    artifact = daemon(),
    ...parts
  }: Partial<StandardPlacementParts> & { readonly artifact?: Artifact } = {},
): number | undefined {
  const targets = new Map([[NODE, { capabilities }]]);
  return new StandardPlacement({ targets, ...parts }, config).placementScore(NODE, artifact);
}
