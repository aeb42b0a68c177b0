import { checkProperties } from "@selvage/core";

import type { CapabilityEntry } from "../index/entry.ts";
import { compilePredicate } from "../predicate/compile.ts";
import type { Predicate } from "../predicate/predicate.ts";
import { tagIdentity } from "../tags/tag.ts";
import { type CapabilityFilter, prepareFilter } from "./filter.ts";
import { predicateHints } from "./predicate-hints.ts";
import type { PreparedQuery, QueryHint } from "./prepared-query.ts";
import { compileScope, type ScopeFilter } from "./scope.ts";

/** What is looked for: all of it. Without anything, every entry. */
export interface CapabilityQuery {
  /** Tags that an entry must have, all of them, in whatever spelling. */
  readonly tags?: readonly string[] | undefined;
  /** The usual questions about hardware, models and tools. */
  readonly filter?: CapabilityFilter | undefined;
  /** Any question about tags and metadata. */
  readonly where?: Predicate | undefined;
  /** For whom is looked; default for everybody, whatever entries say about their scope. */
  readonly scope?: ScopeFilter | undefined;
}

/** The properties of a {@link CapabilityQuery}. */
export const QUERY_PROPERTIES: ReadonlySet<string> = new Set<keyof CapabilityQuery>([
  "tags",
  "filter",
  "where",
  "scope",
]);

/**
 * Prepares a question.
 *
 * @param sameSubnet Gives, for one answer, who is in our subnet.
 * @throws TypeError for a property that a question does not have, or of the wrong type.
 * @throws RangeError for a size that is negative or not finite, or a predicate that is too large.
 */
export function prepareQuery(
  query: CapabilityQuery,
  sameSubnet: () => (candidate: CapabilityEntry) => boolean,
): PreparedQuery {
  checkProperties("query", query, QUERY_PROPERTIES);
  const { tags = NO_TAGS, filter, where, scope } = query;
  if (!Array.isArray(tags)) throw new TypeError(`tags must be a list, got ${typeof tags}`);
  const identities = tags.map(tagIdentity);
  // Calls ask for a tag and nothing else, again and again.
  if (filter === undefined && where === undefined && scope === undefined) {
    return { tags: identities, tests: NOTHING, hints: NOTHING, asksForSubnet: false };
  }
  const tests: ((entry: CapabilityEntry) => boolean)[] = [];
  const hints: QueryHint[] = [];
  if (filter !== undefined) {
    const prepared = prepareFilter(filter);
    identities.push(...prepared.tags);
    tests.push(...prepared.tests.map(onCapabilities));
    hints.push(...prepared.hints);
  }
  if (scope !== undefined) tests.push(compileScope(scope, sameSubnet()));
  if (where !== undefined) {
    tests.push(onCapabilities(compilePredicate(where)));
    hints.push(...predicateHints(where));
  }
  return { tags: identities, tests, hints, asksForSubnet: scope?.kind === "sameSubnet" };
}

const NO_TAGS: readonly string[] = Object.freeze([]);
const NOTHING: readonly never[] = Object.freeze([]);

function onCapabilities(
  holds: (capabilities: CapabilityEntry["capabilities"]) => boolean,
): (entry: CapabilityEntry) => boolean {
  return ({ capabilities }) => holds(capabilities);
}
