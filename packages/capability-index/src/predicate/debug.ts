import { labelOf } from "./label.ts";
import { type Plan, planPredicate } from "./plan.ts";
import type { Predicate, PredicateSubject } from "./predicate.ts";
import { redactClause } from "./redaction.ts";
import { type PredicateReport, toReport } from "./report.ts";
import { runPlan } from "./run-plan.ts";

/**
 * Evaluates a predicate for every one of some subjects, and counts how each clause did.
 *
 * @throws RangeError for more than {@link MAX_EVALUATED_NODES} nodes.
 *
 * @example
 * ```ts
 * import { CapabilitySet, debugPredicate, where } from "@selvage/capability-index";
 * const nodes = ["8", "64", "lots"].map((gb) =>
 *   CapabilitySet.empty.withTags(`hardware.memory_gb=${gb}`),
 * );
 * const report = debugPredicate(where.tag("hardware.memory_gb").atLeast(32), nodes);
 * console.log(report.matched, report.clause_stats[0]?.label); // 1 NumericAtLeast(hardware.memory_gb >= 32)
 * ```
 */
export function debugPredicate(
  predicate: Predicate,
  subjects: Iterable<PredicateSubject>,
): PredicateReport {
  const plan = planPredicate(predicate);
  const counts = new Map<Plan, { evaluated: number; matched: number }>();
  let total = 0;
  let matched = 0;
  for (const subject of subjects) {
    total++;
    const met = runPlan(plan, subject, (part, answer) => {
      const count = counts.get(part) ?? { evaluated: 0, matched: 0 };
      counts.set(part, count);
      count.evaluated++;
      if (answer) count.matched++;
      return answer;
    });
    if (met) matched++;
  }
  const tallies = [...counts].map(([{ predicate: clause }, count]) => {
    const label = labelOf(clause);
    return {
      label,
      ...count,
      redacted: (keys: ReadonlySet<string>) => redactClause(clause, label, keys),
    };
  });
  return toReport(total, matched, tallies);
}
