import type { LeafTest } from "./leaf-test.ts";
import { type Plan, planPredicate } from "./plan.ts";
import type { Predicate, PredicateSubject } from "./predicate.ts";

/** Says whether a subject meets the predicate that it was compiled from. */
export type CompiledPredicate = (subject: PredicateSubject) => boolean;

/** A leaf, and where to go on after it: an index of another, or one of the two answers. */
interface Step {
  readonly test: LeafTest;
  readonly onTrue: number;
  readonly onFalse: number;
}

const TRUE = -1;
const FALSE = -2;

/**
 * Prepares a predicate for many subjects: orders it by cost and turns it into a list of leaves, each
 * with the two places to go on at. Evaluating follows that list, so it needs no stack, skips what
 * cannot change the answer, and costs nothing but the leaves it asks.
 *
 * @throws RangeError for more than {@link MAX_EVALUATED_NODES} nodes.
 * @throws TypeError for a predicate that contains itself.
 */
export function compilePredicate(predicate: Predicate): CompiledPredicate {
  const steps: Step[] = [];
  const start = compilePlan(planPredicate(predicate), steps);
  return (subject) => {
    let at = start;
    for (let step = steps[at]; step !== undefined; step = steps[at]) {
      at = step.test(subject) ? step.onTrue : step.onFalse;
    }
    return at === TRUE;
  };
}

/** A part under way: its children are compiled from the last to the first. */
interface Frame {
  readonly plan: Plan;
  readonly onTrue: number;
  readonly onFalse: number;
  /** Children not yet compiled. */
  left: number;
}

/** Appends the steps of a plan and returns where it starts. */
function compilePlan(root: Plan, steps: Step[]): number {
  /** Where the part that was compiled last starts. */
  let entry = TRUE;
  const open: Frame[] = [frame(root, TRUE, FALSE)];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { plan, onTrue, onFalse } = top;
    if (plan.kind === "leaf") {
      entry = steps.push({ test: plan.test, onTrue, onFalse }) - 1;
      open.pop();
      continue;
    }
    // After the last child an `and` is true and an `or` is false; so they are if they have none.
    if (top.left === plan.children.length) entry = plan.kind === "or" ? onFalse : onTrue;
    const child = plan.children[--top.left];
    if (child === undefined) open.pop();
    else if (plan.kind === "not") open.push(frame(child, onFalse, onTrue));
    else if (plan.kind === "and") open.push(frame(child, entry, onFalse));
    else open.push(frame(child, onTrue, entry));
  }
  return entry;
}

function frame(plan: Plan, onTrue: number, onFalse: number): Frame {
  return { plan, onTrue, onFalse, left: plan.children.length };
}
