import { withPrefix } from "../../capabilities/sorted-tags.ts";
import { parseScopeTag } from "../../tags/reserved/scope.ts";
import type { PlacementAxis } from "../placement-filter.ts";

const PREFIX = "scope:";

/**
 * 1 for nodes with any of these scopes, such as `region:eu` or `scope:region:eu`, and 0 for others,
 * also those without any.
 *
 * @throws RangeError for what is no scope: no node could have it.
 */
export function scopeAxis(scopes: readonly string[]): PlacementAxis | undefined {
  if (scopes.length === 0) return undefined;
  const wanted = new Set(scopes.map(toTag));
  return {
    name: "scope",
    score: ({ capabilities }) =>
      withPrefix(capabilities.tags, PREFIX).some((tag) => wanted.has(tag)) ? 1 : 0,
  };
}

function toTag(scope: string): string {
  const tag = scope.startsWith(PREFIX) ? scope : PREFIX + scope;
  if (parseScopeTag(tag) !== undefined) return tag;
  throw new RangeError(
    `scopes are "tenant:<id>", "region:<name>", "subnet-local" or "global", got "${scope}"`,
  );
}
