/** The command: repeats the fault under load, and says by its exit code whether anybody saw an error. */
import { systemClock } from "@selvage/core";
import { createMesh, generatePsk } from "@selvage/mesh";

import { endOnSignals } from "../end-on-signals.ts";
import { LoopDelayMeter } from "../loop-delay.ts";
import { ProcessHost } from "../providers/process-host.ts";
import { RepetitionRun } from "./repetition.ts";
import { readSoakOptions, SOAK_USAGE, type SoakFault, type SoakOptions } from "./soak-options.ts";
import {
  describeRepetition,
  describeSummary,
  type Repetition,
  summarizeSoak,
} from "./soak-report.ts";

const childModule: URL = new URL("./soak-child.js", import.meta.url);

async function main(args: readonly string[]): Promise<number> {
  let options: SoakOptions | undefined;
  try {
    options = readSoakOptions(args);
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n\n`);
    process.stderr.write(SOAK_USAGE);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(SOAK_USAGE);
    return 0;
  }
  return await soak(options);
}

async function soak({ faults, repetitions, seconds, json }: SoakOptions): Promise<number> {
  const told = json ? process.stderr : process.stdout;
  const all: Repetition[] = [];
  for (let number = 1; number <= repetitions; number++) {
    for (const fault of faults) {
      const repetition = await repeat(fault, seconds * 1_000);
      all.push(repetition);
      told.write(`${describeRepetition(`${number}/${repetitions}`, repetition)}\n`);
    }
  }
  const summaries = faults.map((fault) => summarizeSoak(fault, all));
  for (const summary of summaries) told.write(`${describeSummary(summary)}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ summaries, repetitions: all })}\n`);
  const isClean = summaries.every(({ errors, violations }) => errors + violations.length === 0);
  return isClean ? 0 : 1;
}

/** Everything is new in each repetition: keys, nodes and processes. */
async function repeat(fault: SoakFault, durationMs: number): Promise<Repetition> {
  const host = new ProcessHost({ childModule });
  const signals = endOnSignals(() => host[Symbol.asyncDispose]());
  const killAll = (): void => host.killAll();
  process.once("exit", killAll);
  const psk = generatePsk();
  const caller = await createMesh({ psk });
  try {
    const parts = { clock: systemClock, caller, host, psk, loopDelay: new LoopDelayMeter() };
    return await new RepetitionRun(parts, { fault, durationMs }).run();
  } finally {
    await caller.close();
    await host[Symbol.asyncDispose]();
    process.off("exit", killAll);
    signals[Symbol.dispose]();
  }
}

process.exitCode = await main(process.argv.slice(2));
