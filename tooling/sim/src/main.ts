import { defaultProvider } from "@selvage/identity";

import { readOptions, type SimOptions, usage, UsageError } from "./options.ts";
import { readProvenance } from "./provenance.ts";
import { formatSummary, formatViolations } from "./report.ts";
import { runScenario } from "./runner.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

/** Trace lines shown of a single seed. */
const TAIL_LINES = 60;

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(help());
  else await main(options, findScenario(options));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${usage}`);
  process.exitCode = 2;
}

async function main(options: SimOptions, scenario: Scenario): Promise<void> {
  const { seed, seeds, from, plant, json, jobs } = options;
  const startedAt = performance.now();
  const list = seed === undefined ? Array.from({ length: seeds }, (_, i) => from + i) : [seed];
  const { report, violations, traceTail } = await runScenario(
    {
      scenario,
      plant,
      jobs,
      seeds: list,
      crypto: defaultProvider(),
      traceLines: seed === undefined ? 0 : TAIL_LINES,
    },
    (done, found) => showProgress(`seed ${done} of ${list.length}, ${found} violations`),
  );
  showProgress("");
  // With --json, stdout has the one line that programs read.
  const print = json ? console.error : console.log;
  for (const line of traceTail) print(line);
  for (const line of formatViolations(scenario, violations, readProvenance(), plant)) print(line);
  if (json) console.log(JSON.stringify(report));
  else console.log(formatSummary(report, performance.now() - startedAt).join("\n"));
  if (violations.length > 0) process.exitCode = 1;
}

function findScenario({ scenario: wanted, plant }: SimOptions): Scenario {
  const scenario = scenarios.find(({ name }) => name === wanted);
  if (scenario === undefined) {
    const known = scenarios.map(({ name }) => name).join(", ");
    throw new UsageError(`there is no scenario "${wanted}", only ${known}`);
  }
  if (plant !== undefined && !scenario.plants.some(({ name }) => name === plant)) {
    const known = scenario.plants.map(({ name }) => name).join(", ");
    throw new UsageError(`${wanted} has no planted bug "${plant}", only ${known}`);
  }
  return scenario;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

function help(): string {
  const lines = [usage];
  for (const { name, summary, rules, plants } of scenarios) {
    lines.push("", `${name}: ${summary}`, "  rules:");
    for (const [rule, text] of Object.entries(rules)) lines.push(`    ${rule}: ${text}`);
    lines.push("  planted bugs:");
    for (const plant of plants) lines.push(`    ${plant.name}: ${plant.meaning}`);
  }
  return lines.join("\n");
}
