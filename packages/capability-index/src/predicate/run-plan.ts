import { assertNever } from "@selvage/core";

import type { Plan } from "./plan.ts";
import type { PredicateSubject } from "./predicate.ts";

/** A part under way. */
interface Frame<T> {
  readonly plan: Plan;
  /** What came of the children asked so far. */
  readonly asked: T[];
  /** The answer of the last of them. */
  last: boolean | undefined;
}

/**
 * Evaluates a plan and gives every part that was asked a value made of its answer and of the values
 * of its own parts that were asked, in that order. Uses no call stack.
 */
export function runPlan<T>(
  root: Plan,
  subject: PredicateSubject,
  finish: (plan: Plan, answer: boolean, asked: readonly T[]) => T,
): T {
  const open: Frame<T>[] = [];
  let top: Frame<T> = { plan: root, asked: [], last: undefined };
  for (;;) {
    const next = nextChild(top);
    if (next !== undefined) {
      open.push(top);
      top = { plan: next, asked: [], last: undefined };
      continue;
    }
    const answer = answerOf(top, subject);
    const value = finish(top.plan, answer, top.asked);
    const parent = open.pop();
    if (parent === undefined) return value;
    parent.asked.push(value);
    parent.last = answer;
    top = parent;
  }
}

/** The part to ask next, unless the answer is known. */
function nextChild<T>({ plan, asked, last }: Frame<T>): Plan | undefined {
  const decided = plan.kind === "and" ? last === false : plan.kind === "or" && last === true;
  return decided ? undefined : plan.children[asked.length];
}

function answerOf<T>({ plan, last }: Frame<T>, subject: PredicateSubject): boolean {
  switch (plan.kind) {
    case "leaf":
      return plan.test(subject);
    case "not":
      return last === false;
    case "and":
      return last ?? true;
    case "or":
      return last ?? false;
    default:
      return assertNever(plan);
  }
}
