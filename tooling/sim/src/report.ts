import type { Distribution, MetricsReport } from "./metrics.ts";
import type { Provenance } from "./provenance.ts";
import type { RunReport, SeedViolation } from "./runner.ts";
import type { Scenario } from "./scenario.ts";

/** The violations of each seed, with a line by which it can be run again. */
export function formatViolations(
  scenario: Scenario,
  violations: readonly SeedViolation[],
  { commit, node }: Provenance,
  plant?: string,
): string[] {
  const lines: string[] = [];
  for (const seed of new Set(violations.map((violation) => violation.seed))) {
    lines.push(`seed ${seed}:`);
    for (const { rule, atMs, message } of violations.filter((v) => v.seed === seed)) {
      lines.push(`  ${rule} at ${atMs.toFixed(1)} ms: ${message}`);
    }
    const bug = plant === undefined ? "" : ` --plant ${plant}`;
    lines.push(
      `  repeat (commit ${commit}, Node ${node}): pnpm sim --scenario ${scenario.name} --seed ${seed}${bug}`,
    );
  }
  return lines;
}

/** A run in a few aligned lines. */
export function formatSummary(report: RunReport, elapsedMs: number): string[] {
  const { scenario, seeds, faults, steps, violations, traceHash, metrics } = report;
  const rows: (readonly [string, string])[] = [
    ["scenario", scenario],
    ["seeds", `${group(seeds)} in ${(elapsedMs / 1_000).toFixed(1)} s`],
    ["faults", group(faults)],
    ["steps", group(steps)],
    ["violations", group(violations)],
    ["trace hash", traceHash],
    ...metricRows(metrics),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

function metricRows(metrics: MetricsReport): (readonly [string, string])[] {
  return Object.entries(metrics).map(([name, value]) => {
    if (typeof value === "number") return [name, group(value)];
    if (isDistribution(value)) {
      const { count, p50, p95, p99, max } = value;
      const text = `median ${p50}, p95 ${p95}, p99 ${p99}, worst ${max}`;
      return [name, `${text} (${group(count)} samples)`];
    }
    const parts = Object.entries(value).map(([part, count]) => `${part} ${group(count)}`);
    return [name, parts.join(", ")];
  });
}

const isDistribution = (value: object): value is Distribution => "p99" in value;

const group = (value: number): string => value.toLocaleString("en-US");
