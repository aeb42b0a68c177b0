import { labelOf } from "./label.ts";
import { planPredicate } from "./plan.ts";
import type { Predicate, PredicateSubject } from "./predicate.ts";
import { runPlan } from "./run-plan.ts";

/** What came of one clause, and of its parts as far as they were asked, in that order. */
export interface ClauseTrace {
  /** The clause in words, such as `NumericAtLeast(hardware.memory_gb >= 64)`. */
  readonly label: string;
  readonly result: boolean;
  /** Of a `Not` there is one, with the result before the negation. */
  readonly children: readonly ClauseTrace[];
}

/**
 * Evaluates a predicate and says how the answer came about. Labels hold what the predicate compares
 * with, so a trace is as confidential as the predicate.
 *
 * @throws RangeError for more than {@link MAX_EVALUATED_NODES} nodes.
 */
export function tracePredicate(predicate: Predicate, capabilities: PredicateSubject): ClauseTrace {
  return runPlan<ClauseTrace>(planPredicate(predicate), capabilities, (plan, result, children) => ({
    label: labelOf(plan.predicate),
    result,
    children,
  }));
}
