import { createHash } from "node:crypto";

import type { CryptoProvider } from "@selvage/identity";

import { inOrder } from "./in-order.ts";
import { Metrics, type MetricsReport } from "./metrics.ts";
import type { Scenario, SeedResult, Violation } from "./scenario.ts";
import { tell } from "./tell.ts";
import { Threads } from "./threads.ts";

/** One seed in so many is run twice. */
const REPEAT_EVERY = 20;

/** What to run. */
export interface RunPlan {
  readonly scenario: Scenario;
  readonly seeds: readonly number[];
  readonly crypto: CryptoProvider;
  readonly plant?: string | undefined;
  /** Newest trace lines to keep of each seed. Default 0. */
  readonly traceLines?: number | undefined;
  /** Threads to run seeds on. Default 1: this one. */
  readonly jobs?: number | undefined;
}

/** A violation with the seed that shows it. */
export interface SeedViolation extends Violation {
  readonly seed: number;
}

/** The last line of a run, as JSON. */
export interface RunReport {
  readonly scenario: string;
  /** How many seeds were run. */
  readonly seeds: number;
  readonly faults: number;
  readonly steps: number;
  /** How many violations there were. */
  readonly violations: number;
  readonly traceHash: string;
  readonly metrics: MetricsReport;
}

/** What a run showed. */
export interface RunResult {
  readonly report: RunReport;
  readonly violations: readonly SeedViolation[];
  /** The trace tail of the last seed. */
  readonly traceTail: readonly string[];
}

type Teller = (seed: number) => Promise<SeedResult>;

/**
 * Runs a scenario once per seed, and a sample of the seeds twice: what is a pure function of its
 * seed has the same trace both times. The report does not show on how many threads it was.
 */
export async function runScenario(
  plan: RunPlan,
  onSeed: (done: number, violations: number) => void = () => {},
): Promise<RunResult> {
  const { scenario, crypto, plant, traceLines, jobs = 1 } = plan;
  if (jobs === 1) {
    return await collect(plan, onSeed, (seed) =>
      tell(scenario, { seed, crypto, plant, traceLines }),
    );
  }
  await using threads = new Threads(jobs);
  return await collect(plan, onSeed, (seed) =>
    threads.run({ scenario: scenario.name, seed, plant, traceLines }),
  );
}

async function collect(
  { scenario, seeds, jobs = 1 }: RunPlan,
  onSeed: (done: number, violations: number) => void,
  teller: Teller,
): Promise<RunResult> {
  const metrics = new Metrics();
  const violations: SeedViolation[] = [];
  const hashes: string[] = [];
  let [faults, steps, virtualMs] = [0, 0, 0];
  let traceTail: readonly string[] = [];
  const tasks = seeds.map((seed, i) => () => tellTwice(teller, seed, i % REPEAT_EVERY === 0));
  for await (const result of inOrder(tasks, jobs)) {
    const { seed } = result;
    violations.push(...result.violations.map((violation) => ({ ...violation, seed })));
    metrics.merge(result.metrics);
    faults += result.faults;
    steps += result.steps;
    virtualMs += result.virtualMs;
    hashes.push(result.traceHash);
    traceTail = result.traceTail;
    onSeed(hashes.length, violations.length);
  }
  metrics.count("virtualSeconds", Math.round(virtualMs / 1_000));
  return {
    report: {
      scenario: scenario.name,
      seeds: hashes.length,
      faults,
      steps,
      violations: violations.length,
      traceHash: combine(hashes),
      metrics: metrics.report(),
    },
    violations,
    traceTail,
  };
}

/** Runs a seed, and once more if it is to be compared with itself. */
async function tellTwice(teller: Teller, seed: number, compare: boolean): Promise<SeedResult> {
  const first = await teller(seed);
  if (!compare) return first;
  const { traceHash } = await teller(seed);
  if (traceHash === first.traceHash) return first;
  const message = `two runs of one seed differ: ${first.traceHash} and ${traceHash}`;
  const violation = { rule: "same-trace", atMs: first.virtualMs, message };
  return { ...first, violations: [...first.violations, violation] };
}

/** One hash over all; a single one stays as it is. */
function combine(hashes: readonly string[]): string {
  const [only] = hashes;
  if (only !== undefined && hashes.length === 1) return only;
  return createHash("sha256").update(hashes.join("\n")).digest("hex").slice(0, 16);
}
