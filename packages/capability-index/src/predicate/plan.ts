import { MAX_EVALUATED_NODES } from "../defaults.ts";
import { LEAF_COSTS, totalCost } from "./cost.ts";
import { foldPredicate } from "./fold.ts";
import { leafTest, type LeafTest } from "./leaf-test.ts";
import { isLeaf, type Predicate } from "./predicate.ts";

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
  return {
    kind: predicate.kind,
    predicate,
    cost: totalCost(parts),
    nodes: parts.reduce((sum, { nodes }) => sum + nodes, 1),
    // Sorting is stable.
    children: parts.toSorted((a, b) => a.cost - b.cost),
  };
}
