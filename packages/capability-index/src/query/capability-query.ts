import type { CapabilityEntry } from "../index/entry.ts";
import { compilePredicate } from "../predicate/compile.ts";
import type { Predicate } from "../predicate/predicate.ts";
import {
  type CapabilityFilter,
  compileFilter,
  type FilterCondition,
  tagCondition,
} from "./filter.ts";
import { checkProperties } from "./known-properties.ts";
import { predicateHints } from "./predicate-hints.ts";
import type { PreparedQuery, QueryCondition, QueryHint } from "./prepared-query.ts";
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
  const { tags = [], filter, where, scope } = query;
  if (!Array.isArray(tags)) throw new TypeError(`tags must be a list, got ${typeof tags}`);
  const conditions: QueryCondition[] = [];
  const hints: QueryHint[] = [];
  const asked = [...tags.map(tagCondition), ...(filter === undefined ? [] : compileFilter(filter))];
  for (const condition of asked) {
    conditions.push(onEntry(condition));
    if (condition.hint !== undefined) hints.push(condition.hint);
  }
  if (scope !== undefined) conditions.push({ holds: compileScope(scope, sameSubnet()) });
  if (where !== undefined) {
    const meets = compilePredicate(where);
    conditions.push({ holds: ({ capabilities }) => meets(capabilities) });
    hints.push(...predicateHints(where));
  }
  return { conditions, hints, asksForSubnet: scope?.kind === "sameSubnet" };
}

function onEntry({ tag, holds }: FilterCondition): QueryCondition {
  const onCapabilities = ({ capabilities }: CapabilityEntry): boolean => holds(capabilities);
  return tag === undefined ? { holds: onCapabilities } : { holds: onCapabilities, tag };
}
