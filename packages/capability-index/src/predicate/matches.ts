import { compilePredicate } from "./compile.ts";
import type { Predicate, PredicateSubject } from "./predicate.ts";

/**
 * Whether a capability set meets a predicate. For many sets, {@link compilePredicate} once.
 *
 * @throws RangeError for more than {@link MAX_EVALUATED_NODES} nodes.
 */
export function matchesPredicate(predicate: Predicate, capabilities: PredicateSubject): boolean {
  return compilePredicate(predicate)(capabilities);
}

/**
 * The rows that meet a predicate, in their order; all of them if there is no predicate, as when a
 * request came without one.
 *
 * @throws RangeError for more than {@link MAX_EVALUATED_NODES} nodes.
 */
export function filterByPredicate<Row extends PredicateSubject>(
  rows: Iterable<Row>,
  predicate: Predicate | undefined,
): Row[];
/** Likewise, where `subjectOf` says what of a row the predicate is about. */
export function filterByPredicate<Row>(
  rows: Iterable<Row>,
  predicate: Predicate | undefined,
  subjectOf: (row: Row) => PredicateSubject,
): Row[];
export function filterByPredicate<Row extends PredicateSubject>(
  rows: Iterable<Row>,
  predicate: Predicate | undefined,
  subjectOf: (row: Row) => PredicateSubject = (row) => row,
): Row[] {
  if (predicate === undefined) return [...rows];
  const matches = compilePredicate(predicate);
  return [...rows].filter((row) => matches(subjectOf(row)));
}
