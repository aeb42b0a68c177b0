import { createHash } from "node:crypto";

import type { CryptoProvider } from "@selvage/identity";

import { Metrics, type MetricsReport } from "./metrics.ts";
import type { Scenario, SeedResult, Violation } from "./scenario.ts";

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

/**
 * Runs a scenario once per seed, and a sample of the seeds twice: what is a pure function of its
 * seed has the same trace both times.
 */
export async function runScenario(
  plan: RunPlan,
  onSeed: (done: number, violations: number) => void = () => {},
): Promise<RunResult> {
  const metrics = new Metrics();
  const violations: SeedViolation[] = [];
  const hashes: string[] = [];
  let [faults, steps, virtualMs] = [0, 0, 0];
  let traceTail: readonly string[] = [];
  for (const [i, seed] of plan.seeds.entries()) {
    const result = await runSeed(plan, seed);
    violations.push(...result.violations.map((violation) => ({ ...violation, seed })));
    if (i % REPEAT_EVERY === 0) {
      const again = await runSeed(plan, seed);
      violations.push(...compare(result, again));
    }
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
      scenario: plan.scenario.name,
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

/** Runs one seed. A promise that fails unheard is the run's doing, and a violation. */
async function runSeed(plan: RunPlan, seed: number): Promise<SeedResult> {
  const { scenario, crypto, plant, traceLines } = plan;
  const unheard: string[] = [];
  const note = (reason: unknown): void => void unheard.push(String(reason));
  process.on("unhandledRejection", note);
  try {
    const result = await scenario.run({ seed, crypto, plant, traceLines });
    const violations = unheard.map((message) => ({
      rule: "unheard-failure",
      atMs: result.virtualMs,
      message: `a promise failed, and nobody listened: ${message}`,
    }));
    return { ...result, violations: [...result.violations, ...violations] };
  } finally {
    process.off("unhandledRejection", note);
  }
}

function compare(first: SeedResult, second: SeedResult): SeedViolation[] {
  if (first.traceHash === second.traceHash) return [];
  const message = `two runs of one seed differ: ${first.traceHash} and ${second.traceHash}`;
  return [{ rule: "same-trace", atMs: first.virtualMs, message, seed: first.seed }];
}

/** One hash over all; a single one stays as it is. */
function combine(hashes: readonly string[]): string {
  const [only] = hashes;
  if (only !== undefined && hashes.length === 1) return only;
  return createHash("sha256").update(hashes.join("\n")).digest("hex").slice(0, 16);
}
