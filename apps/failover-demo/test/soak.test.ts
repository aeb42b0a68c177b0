import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { doomedCalls } from "../src/soak/doomed-calls.ts";
import { DEFAULT_REPETITIONS, DEFAULT_SECONDS, readSoakOptions } from "../src/soak/soak-options.ts";
import { percentile, type Repetition, summarizeSoak } from "../src/soak/soak-report.ts";

describe("the command line", () => {
  test("names the run, and has defaults for everything else", () => {
    expect(readSoakOptions(["failover"])).toEqual({
      faults: ["kill", "freeze"],
      repetitions: DEFAULT_REPETITIONS,
      seconds: DEFAULT_SECONDS,
      json: false,
    });
    expect(readSoakOptions(["--", "failover", "--fault=kill", "--json"])).toMatchObject({
      faults: ["kill"],
      json: true,
    });
    expect(readSoakOptions(["--help"])).toBeUndefined();
  });

  test.each([
    [[], 'there is one soak run, "failover", got []'],
    [["failover", "--fault=close"], '--fault must be kill or freeze, got "close"'],
    [["failover", "--seconds=2"], '--seconds must be a whole number of 3 or more, got "2"'],
    [["failover", "--repetitions=x"], '--repetitions must be a whole number of 1 or more, got "x"'],
  ])("%j makes no sense", (args, message) => {
    expect(() => readSoakOptions(args)).toThrow(message);
  });
});

describe("doomed calls", () => {
  test("pass their deadline or are cancelled, all of them before the time is over", async () => {
    const clock = new ManualClock();
    const ends: string[] = [];
    let lastEnd = 0;
    const run = doomedCalls(clock, 1_000, async ({ deadlineMs, signal }) => {
      try {
        await clock.sleep(deadlineMs ?? 10_000, { signal });
        ends.push("expired");
      } catch {
        ends.push("cancelled");
      }
      lastEnd = clock.now();
    });
    let isOver = false;
    void run.then(() => (isOver = true));
    await clock.runUntil(() => isOver);
    expect(ends.filter((end) => end === "expired").length).toBeGreaterThan(3);
    expect(ends.filter((end) => end === "cancelled")).toHaveLength(ends.length / 2);
    expect(lastEnd).toBeLessThanOrEqual(1_000);
  });
});

describe("the summary", () => {
  const repetition = (worstCallMs: number, different: Partial<Repetition> = {}): Repetition => ({
    fault: "kill",
    calls: 100,
    errors: 0,
    failures: [],
    retries: 0,
    moves: 4,
    worstCallMs,
    medianCallMs: 1,
    p99CallMs: 2,
    failoverMs: 170,
    returnMs: 20,
    loopDelayMs: 3,
    answeredBy: {
      before: { primary: 1, standby: 0 },
      during: { primary: 0, standby: 1 },
      after: { primary: 1, standby: 0 },
    },
    doomedCalls: 0,
    violations: [],
    ...different,
  });

  test("has the middle and the worst of the worst calls of one fault", () => {
    const all = [
      repetition(180),
      repetition(9_000, { fault: "freeze" }),
      repetition(500, { errors: 2, violations: ["one"] }),
      repetition(190),
    ];
    expect(summarizeSoak("kill", all)).toMatchObject({
      repetitions: 3,
      calls: 300,
      errors: 2,
      withErrors: 1,
      violations: ["one"],
      medianWorstCallMs: 190,
      maxWorstCallMs: 500,
      isWithinTargets: true,
    });
    expect(summarizeSoak("freeze", all)).toMatchObject({ isWithinTargets: false });
  });

  test("a percentile is one of the values", () => {
    expect(percentile([30, 10, 20], 0.5)).toBe(20);
    expect(percentile([30, 10, 20], 1)).toBe(30);
    expect(percentile([], 0.5)).toBe(0);
  });
});
