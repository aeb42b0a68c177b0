import { describeMachine } from "./machine.ts";
import { type BenchOptions, readOptions, usage, UsageError } from "./options.ts";
import { findCorePair } from "./processes/pinning.ts";
import { buildReport } from "./report.ts";
import { runSuite } from "./runner.ts";
import type { Suite } from "./suite.ts";
import { suites } from "./suites.ts";
import { formatReport, formatSkipped } from "./table.ts";

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(help());
  else await main(options, findSuite(options.suite));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${help()}`);
  process.exitCode = 2;
}

async function main(options: BenchOptions, suite: Suite): Promise<void> {
  const { rounds = suite.rounds, measureMs = suite.measureMs, json } = options;
  const cores = await findCorePair();
  const machine = describeMachine(cores !== undefined);
  const outcome = await runSuite({ suite, rounds, measureMs, cores }, (round, { name }) =>
    showProgress(`round ${round} of ${rounds}: ${name}`),
  );
  showProgress("");
  const report = buildReport(suite, machine, outcome);
  const table = formatReport(suite, report, rounds).join("\n");
  // With --json, stdout has the one line that programs read; who is missing is told aloud even so.
  if (json) {
    for (const each of report.skipped) console.error(formatSkipped(each));
    console.log(JSON.stringify(report));
  } else console.log(table);
  // A peer may be missing; we ourselves may not.
  const failed = suite.contestants.filter(
    ({ name, peer }) => peer === undefined && outcome.skipped.some((each) => each.name === name),
  );
  if (failed.length > 0) process.exitCode = 1;
}

function findSuite(wanted: string): Suite {
  const suite = suites.find(({ name }) => name === wanted);
  if (suite === undefined) throw new UsageError(`there is no suite "${wanted}"`);
  return suite;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

function help(): string {
  return [usage, ...suites.map(({ name, summary }) => `  ${name}  ${summary}`)].join("\n");
}
