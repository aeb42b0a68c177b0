import type { BenchReport, BenchResult } from "./report.ts";
import type { Skipped } from "./runner.ts";
import type { Suite } from "./suite.ts";

/** A report for people, line by line. */
export function formatReport(suite: Suite, report: BenchReport, rounds: number): string[] {
  const { machine, skipped } = report;
  return [
    `${suite.name}: ${suite.summary}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}, Node ${machine.node}, load ${machine.load}${machine.pinned ? ", pinned" : ""}`,
    `medians over rounds (${rounds}), with the least and the most`,
    "",
    ...align([["", "median", "min", "max", "unit"], ...report.results.flatMap(rowsOf)]),
    "",
    ...align(ratioRows(suite, report)),
    ...skipped.map((each) => `\n${formatSkipped(each)}`),
  ];
}

/** Says that a contestant is missing, and why. */
export function formatSkipped({ name, reason }: Skipped): string {
  return `${name} has no figures: ${reason}`;
}

/** A result, below an empty row where the next contestant begins. */
function rowsOf(
  result: BenchResult,
  at: number,
  results: readonly BenchResult[],
): (readonly string[])[] {
  const { name, median, min, max, unit } = result;
  const row = [name, format(median), format(min), format(max), unit];
  const before = results[at - 1];
  return before === undefined || before.name.split(".")[0] === name.split(".")[0]
    ? [row]
    : [[], row];
}

function ratioRows(suite: Suite, { ratios }: BenchReport): (readonly string[])[] {
  return suite.ratios.map(({ name, better }) => {
    const value = ratios[name] ?? null;
    return [name, value === null ? "-" : `${value.toFixed(2)} x`, `(${better} is better)`];
  });
}

/** Pads columns: the first and the last to the left, numbers between them to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number): string =>
    column === 0 || column === columns - 1
      ? cell.padEnd(widths[column] ?? 0)
      : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}

const format = (value: number): string =>
  value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 2 : 0 });
