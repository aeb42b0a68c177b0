import { COLOCATION_MISS_SCORE } from "../../defaults.ts";
import { hintOf } from "../artifact.ts";
import type { PlacementAxis } from "../placement-filter.ts";

/** What the wish to be near a chain weighs: something, or everything. */
export type ColocationPolicy = "soft" | "strict";

/**
 * 1 for nodes that hold the chains that the artifact's metadata names. Without the one under
 * `colocate-with-strict` it is 0; without the one under `colocate-with` it is 0 too if the policy is
 * strict, else {@link COLOCATION_MISS_SCORE}.
 */
export function colocationAxis(policy: ColocationPolicy | undefined): PlacementAxis | undefined {
  if (policy === undefined) return undefined;
  return {
    name: "colocation",
    score({ capabilities }, artifact) {
      const demanded = hintOf(artifact, "colocate-with-strict");
      if (demanded !== undefined && !capabilities.holdsChain(demanded)) return 0;
      const wished = hintOf(artifact, "colocate-with");
      if (wished === undefined || capabilities.holdsChain(wished)) return 1;
      return policy === "strict" ? 0 : COLOCATION_MISS_SCORE;
    },
  };
}
