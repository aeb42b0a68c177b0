import type { PredicateLeaf } from "./predicate.ts";

/** What asking a leaf costs relative to others: a matter of its kind, whatever it is asked of. */
export const LEAF_COSTS: Readonly<Record<PredicateLeaf["kind"], number>> = {
  metadata_exists: 10,
  metadata_equals: 11,
  exists: 20,
  equals: 21,
  metadata_numeric_at_least: 25,
  numeric_at_least: 30,
  numeric_at_most: 30,
  numeric_in_range: 30,
  string_prefix: 40,
  metadata_matches: 45,
  string_matches: 50,
  semver_at_least: 60,
  semver_at_most: 60,
  semver_compatible: 60,
};

/** Costs stay within 32 bits, as in languages that count them so: huge ones are ordered alike. */
const MAX_COST = 0xffff_ffff;

/** What asking several parts costs together. */
export function totalCost(parts: readonly { readonly cost: number }[]): number {
  return parts.reduce((sum, { cost }) => Math.min(sum + cost, MAX_COST), 0);
}
