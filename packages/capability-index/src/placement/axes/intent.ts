import { hintOf } from "../artifact.ts";
import type { IntentRegistry } from "../intent-registry.ts";
import type { PlacementAxis } from "../placement-filter.ts";

/**
 * What nodes are judged by: `strict`, the intent that the artifact declares in its metadata, if it
 * declares a known one; `any-of-local`, whether the node is fit for any intent at all.
 */
export type IntentPolicy = "strict" | "any-of-local";

const KEY = "intent";

/** 1 for nodes that are fit for what is intended, and 0 for others. */
export function intentAxis(
  policy: IntentPolicy | undefined,
  intents: IntentRegistry,
): PlacementAxis | undefined {
  if (policy === undefined) return undefined;
  return {
    name: "intent",
    score({ capabilities }, artifact) {
      if (policy === "any-of-local") {
        const known = [...intents];
        return known.length === 0 || known.some(([, isFit]) => isFit(capabilities)) ? 1 : 0;
      }
      const declared = hintOf(artifact, KEY);
      const isFit = declared === undefined ? undefined : intents.get(declared);
      return isFit === undefined || isFit(capabilities) ? 1 : 0;
    },
  };
}
