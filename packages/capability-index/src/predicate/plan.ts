import { MAX_EVALUATED_NODES } from "../defaults.ts";
import { foldPredicate } from "./fold.ts";
import { leafTest, type LeafTest } from "./leaf-test.ts";
import { isLeaf, type Predicate, type PredicateLeaf } from "./predicate.ts";

/** A predicate in the order of evaluation: what costs less is asked first. */
export type Plan =
  | {
      readonly kind: "leaf";
      readonly predicate: Predicate;
      readonly cost: number;
      readonly nodes: 1;
      readonly children: readonly [];
      readonly test: LeafTest;
    }
  | {
      readonly kind: "and" | "or" | "not";
      readonly predicate: Predicate;
      readonly cost: number;
      /** How many nodes it has when parts that stand in several places are counted for each. */
      readonly nodes: number;
      readonly children: readonly Plan[];
    };

/** What a leaf costs, relative to others: known by its kind, whatever the subject. */
const LEAF_COSTS: Readonly<Record<PredicateLeaf["kind"], number>> = {
  exists: 20,
  equals: 21,
  numeric_at_least: 30,
  numeric_at_most: 30,
  numeric_in_range: 30,
  semver_at_least: 60,
  semver_at_most: 60,
  semver_compatible: 60,
  string_prefix: 40,
  string_matches: 50,
  metadata_exists: 10,
  metadata_equals: 11,
  metadata_matches: 45,
  metadata_numeric_at_least: 25,
};

/** Costs do not grow beyond 32 bits, so that every language orders huge predicates alike. */
const MAX_COST = 0xffff_ffff;

/**
 * Orders the parts of a predicate by cost; those that cost the same stay as written. The answer does
 * not depend on it.
 *
 * @throws RangeError for more than {@link MAX_EVALUATED_NODES} nodes.
 * @throws TypeError for a predicate that contains itself.
 */
export function planPredicate(predicate: Predicate): Plan {
  const plan = foldPredicate(predicate, toPlan);
  if (plan.nodes > MAX_EVALUATED_NODES) {
    throw new RangeError(`a predicate has at most ${MAX_EVALUATED_NODES} nodes, got ${plan.nodes}`);
  }
  return plan;
}

function toPlan(predicate: Predicate, parts: readonly Plan[]): Plan {
  if (isLeaf(predicate)) {
    const cost = LEAF_COSTS[predicate.kind];
    return { kind: "leaf", predicate, cost, nodes: 1, children: [], test: leafTest(predicate) };
  }
  const children = parts.toSorted((a, b) => a.cost - b.cost);
  const cost = Math.min(total(parts, "cost"), MAX_COST);
  const nodes = total(parts, "nodes") + 1;
  return { kind: predicate.kind, predicate, cost, nodes, children };
}

function total(parts: readonly Plan[], of: "cost" | "nodes"): number {
  return parts.reduce((sum, part) => sum + part[of], 0);
}
