import { loadavg } from "node:os";

import { roundMs } from "../report.ts";
import type { Phases } from "./call-log.ts";
import type { SoakFault } from "./soak-options.ts";

/** Of what went wrong in a repetition, so much is told in its line. */
const MAX_TOLD = 5;

/** What came of one repetition. Times are in milliseconds. */
export interface Repetition {
  readonly fault: SoakFault;
  readonly calls: number;
  /** Calls by name that failed. */
  readonly errors: number;
  /** What they failed with, and when. */
  readonly failures: readonly string[];
  readonly retries: number;
  readonly moves: number;
  readonly worstCallMs: number;
  readonly medianCallMs: number;
  readonly p99CallMs: number;
  /** Fault sent → first answer of the standby to a call that started after it. */
  readonly failoverMs: number | null;
  /** Primary continued or started again → its first answer; `null`: it was not used again. */
  readonly returnMs: number | null;
  /** The longest that the caller's event loop was late. */
  readonly loopDelayMs: number;
  readonly answeredBy: Phases;
  /** Calls made to the stopped primary that had to fail. */
  readonly doomedCalls: number;
  /** What must not have happened, in words. */
  readonly violations: readonly string[];
}

/** The worst calls that a fault may cause, in milliseconds: their median, and the worst of all. */
export const TARGETS: Readonly<
  Record<SoakFault, { readonly median: number; readonly max: number }>
> = { kill: { median: 250, max: 500 }, freeze: { median: 300, max: 600 } };

/** What came of all repetitions of one fault. */
export interface SoakSummary {
  readonly fault: SoakFault;
  readonly repetitions: number;
  readonly calls: number;
  readonly errors: number;
  /** Repetitions with errors. */
  readonly withErrors: number;
  readonly violations: readonly string[];
  readonly medianWorstCallMs: number;
  readonly maxWorstCallMs: number;
  readonly maxLoopDelayMs: number;
  /** The worst calls are within {@link TARGETS}; says little on a machine that others use. */
  readonly isWithinTargets: boolean;
}

/** Sums repetitions of one fault up. */
export function summarizeSoak(fault: SoakFault, all: readonly Repetition[]): SoakSummary {
  const own = all.filter((each) => each.fault === fault);
  const sum = (of: (each: Repetition) => number): number =>
    own.reduce((total, each) => total + of(each), 0);
  const worst = own.map(({ worstCallMs }) => worstCallMs);
  const medianWorstCallMs = roundMs(percentile(worst, 0.5));
  const maxWorstCallMs = percentile(worst, 1);
  const target = TARGETS[fault];
  return {
    fault,
    repetitions: own.length,
    calls: sum(({ calls }) => calls),
    errors: sum(({ errors }) => errors),
    withErrors: own.filter(({ errors }) => errors > 0).length,
    violations: own.flatMap(({ violations }) => violations),
    medianWorstCallMs,
    maxWorstCallMs,
    maxLoopDelayMs: percentile(
      own.map(({ loopDelayMs }) => loopDelayMs),
      1,
    ),
    isWithinTargets: medianWorstCallMs <= target.median && maxWorstCallMs <= target.max,
  };
}

/** A repetition in a line. */
export function describeRepetition(which: string, repetition: Repetition): string {
  const { fault, calls, errors, worstCallMs, p99CallMs, failoverMs, returnMs } = repetition;
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return [
    `${fault} ${which}: ${calls} calls, ${errors} errors, worst ${worstCallMs} ms`,
    `p99 ${p99CallMs} ms, failover ${failoverMs ?? "-"} ms, return ${returnMs ?? "-"} ms`,
    `loop delay ${repetition.loopDelayMs} ms, load ${load}`,
    ...[...repetition.failures, ...repetition.violations].slice(0, MAX_TOLD),
  ].join("; ");
}

/** A summary in a line. */
export function describeSummary(summary: SoakSummary): string {
  const { fault, repetitions, calls, errors, medianWorstCallMs, maxWorstCallMs } = summary;
  const { median, max } = TARGETS[fault];
  return [
    `${fault}, ${repetitions} times: ${calls} calls, ${errors} errors in ${summary.withErrors} of them`,
    `${summary.violations.length} violations`,
    `worst call: median ${medianWorstCallMs} ms (target ${median}), max ${maxWorstCallMs} ms (target ${max})`,
  ].join("; ");
}

/** The smallest value that a share of them does not exceed; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
