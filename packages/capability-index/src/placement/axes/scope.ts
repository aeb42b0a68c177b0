import { withPrefix } from "../../capabilities/sorted-tags.ts";
import type { PlacementAxis } from "../placement-filter.ts";

const PREFIX = "scope:";

/**
 * 1 for nodes with any of these scopes, such as `region:eu` or `scope:region:eu`, and 0 for others,
 * also those without any.
 */
export function scopeAxis(scopes: readonly string[]): PlacementAxis | undefined {
  if (scopes.length === 0) return undefined;
  const wanted = new Set(
    scopes.map((scope) => (scope.startsWith(PREFIX) ? scope : PREFIX + scope)),
  );
  return {
    name: "scope",
    score: ({ capabilities }) =>
      withPrefix(capabilities.tags, PREFIX).some((tag) => wanted.has(tag)) ? 1 : 0,
  };
}
