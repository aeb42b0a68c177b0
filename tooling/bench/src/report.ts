import type { Machine } from "./machine.ts";
import type { Outcome, Series, Skipped } from "./runner.ts";
import { median, summarize, type Summary } from "./stats.ts";
import type { RatioRule, Suite } from "./suite.ts";

/** One metric over all rounds. */
export interface BenchResult extends Summary {
  /** `contestant.metric`. */
  readonly name: string;
  readonly unit: string;
  /** Whose figure it is, if not ours. */
  readonly peer?: string;
}

/** The last line of a run, as JSON. */
export interface BenchReport {
  readonly suite: string;
  readonly machine: Machine;
  readonly results: readonly BenchResult[];
  /** `null`: one of the two has no figure. */
  readonly ratios: Readonly<Record<string, number | null>>;
  readonly skipped: readonly Skipped[];
}

/** Boils a run down. */
export function buildReport(suite: Suite, machine: Machine, outcome: Outcome): BenchReport {
  const { series, skipped } = outcome;
  return {
    suite: suite.name,
    machine,
    results: series.map(resultOf),
    ratios: Object.fromEntries(suite.ratios.map((rule) => [rule.name, ratioOf(rule, series)])),
    skipped,
  };
}

const nameOf = ({ contestant, metric }: Series): string => `${contestant.name}.${metric}`;

function resultOf(series: Series): BenchResult {
  const { median, min, max } = summarize(series.values);
  const { peer } = series.contestant;
  return {
    name: nameOf(series),
    unit: series.unit,
    median: round(median),
    min: round(min),
    max: round(max),
    ...(peer !== undefined && { peer }),
  };
}

/**
 * The median over the rounds of the ratio within each: what disturbs a whole round disturbs both
 * sides of its ratio.
 */
function ratioOf({ ours, theirs }: RatioRule, series: readonly Series[]): number | null {
  const valuesOf = (name: string): readonly number[] =>
    series.find((each) => nameOf(each) === name)?.values ?? [];
  const peer = valuesOf(theirs);
  const ratios = valuesOf(ours).flatMap((value, i) => {
    const ratio = value / (peer[i] ?? Number.NaN);
    return Number.isFinite(ratio) ? [ratio] : [];
  });
  return ratios.length === 0 ? null : round(median(ratios));
}

/** Four significant digits: more than any of these figures is worth. */
const round = (value: number): number => Number(value.toPrecision(4));
