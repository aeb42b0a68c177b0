import { nodeProvider } from "@selvage/identity";
import { expect, test } from "vitest";

import { Metrics } from "../src/metrics.ts";
import { formatSummary, formatViolations } from "../src/report.ts";
import { runScenario } from "../src/runner.ts";
import type { Scenario, ScenarioRun, SeedResult } from "../src/scenario.ts";

const crypto = nodeProvider();

/** A scenario that takes no time. What a run shows is the given function's business. */
function scenarioOf(show: (run: ScenarioRun) => Partial<SeedResult>): Scenario {
  return {
    name: "fake",
    summary: "nothing happens",
    rules: { calm: "nothing happens" },
    plants: [],
    run: (run) => {
      const metrics = new Metrics();
      metrics.count("runs");
      return Promise.resolve({
        seed: run.seed,
        virtualMs: 60_000,
        faults: 5,
        steps: 100,
        violations: [],
        traceHash: `hash-${run.seed}`,
        traceTail: [`tail of ${run.seed}`],
        metrics: metrics.data,
        ...show(run),
      });
    },
  };
}

test("adds up what the seeds show, each counted once though some run twice", async () => {
  let runs = 0;
  const scenario = scenarioOf(() => {
    runs++;
    return {};
  });
  const { report, traceTail } = await runScenario({ scenario, crypto, seeds: [1, 2, 3] });
  expect(report).toMatchObject({
    scenario: "fake",
    seeds: 3,
    faults: 15,
    steps: 300,
    violations: 0,
  });
  expect(report.metrics).toEqual({ runs: 3, virtualSeconds: 180 });
  expect(runs).toBe(4);
  expect(traceTail).toEqual(["tail of 3"]);
});

test("the report has these fields and no other", async () => {
  const { report } = await runScenario({ scenario: scenarioOf(() => ({})), crypto, seeds: [1] });
  expect(Object.keys(report)).toEqual([
    "scenario",
    "seeds",
    "faults",
    "steps",
    "violations",
    "traceHash",
    "metrics",
  ]);
});

test("the trace hash is that of a single seed, and one of all of several", async () => {
  const scenario = scenarioOf(() => ({}));
  const hashOf = async (...seeds: number[]): Promise<string> =>
    (await runScenario({ scenario, crypto, seeds })).report.traceHash;
  expect(await hashOf(7)).toBe("hash-7");
  expect(await hashOf(7, 8)).toBe(await hashOf(7, 8));
  expect(await hashOf(7, 8)).not.toBe(await hashOf(8, 7));
});

test("two runs of a seed that differ are a violation", async () => {
  let runs = 0;
  const scenario = scenarioOf(() => ({ traceHash: `run ${++runs}` }));
  const { report, violations } = await runScenario({ scenario, crypto, seeds: [4] });
  expect(report.violations).toBe(1);
  expect(violations).toEqual([
    {
      rule: "same-trace",
      seed: 4,
      atMs: 60_000,
      message: "two runs of one seed differ: run 1 and run 2",
    },
  ]);
});

test("a violation is told with its seed and the line that repeats it", async () => {
  const scenario = scenarioOf(({ seed }) => ({
    violations: seed === 2 ? [{ rule: "calm", atMs: 12.5, message: "something happened" }] : [],
  }));
  const { violations } = await runScenario({ scenario, crypto, seeds: [1, 2, 3] });
  const provenance = { commit: "abc", node: "v1" };
  expect(formatViolations(scenario, violations, provenance)).toEqual([
    "seed 2:",
    "  calm at 12.5 ms: something happened",
    "  repeat (commit abc, Node v1): pnpm sim --scenario fake --seed 2",
  ]);
  expect(formatViolations(scenario, violations, provenance, "bug").at(-1)).toContain("--plant bug");
});

test("the summary names every figure", async () => {
  const scenario = scenarioOf(() => {
    const metrics = new Metrics();
    metrics.count("errors.timeout", 1_234);
    metrics.sample("callMs", 8);
    return { metrics: metrics.data };
  });
  const { report } = await runScenario({ scenario, crypto, seeds: [1] });
  expect(formatSummary(report, 1_500)).toEqual([
    "scenario        fake",
    "seeds           1 in 1.5 s",
    "faults          5",
    "steps           100",
    "violations      0",
    "trace hash      hash-1",
    "errors          timeout 1,234",
    "virtualSeconds  60",
    "callMs          median 8, p95 8, p99 8, worst 8 (1 samples)",
  ]);
});
