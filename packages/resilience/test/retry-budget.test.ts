import { describe, expect, test } from "vitest";

import { hedge, retry, RetryBudget, type HedgeEvent, type RetryEvent } from "../src/index.ts";
import { bench, outcome } from "./helpers.ts";

describe("RetryBudget", () => {
  test("follows the published series of gRPC's throttling, to the tenth", () => {
    const budget = new RetryBudget({ maxTokens: 10, tokenRatio: 0.1 });
    const series: (readonly [number, boolean])[] = [];
    for (const event of "fffffsssssssssss") {
      if (event === "f") budget.spend();
      else budget.earn();
      series.push([budget.tokens, budget.allows]);
    }
    expect(series).toEqual([
      [9, true],
      [8, true],
      [7, true],
      [6, true],
      [5, false],
      ...[5.1, 5.2, 5.3, 5.4, 5.5, 5.6, 5.7, 5.8, 5.9, 6, 6.1].map((tokens) => [tokens, true]),
    ]);
  });

  test("stays between empty and full", () => {
    const budget = new RetryBudget({ maxTokens: 2 });
    budget.earn();
    expect(budget.tokens).toBe(2);
    for (let i = 0; i < 5; i++) budget.spend();
    expect(budget.tokens).toBe(0);
  });

  test("refuses wrong configurations by name and value", () => {
    expect(() => new RetryBudget({ maxTokens: 0 })).toThrow("maxTokens must be a whole number");
    expect(() => new RetryBudget({ tokenRatio: 1.1 })).toThrow(
      new RangeError("tokenRatio must be a number from 0 to 1, got 1.1"),
    );
  });
});

describe("a budget shared by all calls of a service", () => {
  test("stops retries while most calls fail, and allows them again after successes", async () => {
    const { clock, random } = bench();
    const budget = new RetryBudget();
    const policy = retry({ maxAttempts: 3, budget, clock, random });
    const reasons: string[] = [];
    policy.onEvent((event) => event.type === "give-up" && reasons.push(event.reason));
    let calls = 0;
    const failing = async (): Promise<void> => {
      const result = outcome(policy.execute(() => Promise.reject(`failure ${++calls}`)));
      await clock.advance(1000);
      expect(await result).toBe(`failure ${calls}`);
    };
    // 3 calls use 3 tokens, 2 more use the other 2 that may be spent; then it is one call each.
    for (let i = 0; i < 4; i++) await failing();
    expect(calls).toBe(3 + 2 + 1 + 1);
    expect(reasons).toEqual(["attempts", "budget", "budget", "budget"]);
    for (let i = 0; i < 70; i++) await policy.execute(() => "ok");
    await failing();
    expect(calls).toBe(7 + 3);
  });

  test("is not touched by moves", async () => {
    const { clock } = bench();
    const budget = new RetryBudget();
    const policy = retry<number>({ classify: () => "move", budget, clock });
    let target = 0;
    await policy.execute(({ use }) => {
      use(++target);
      return target < 50 ? Promise.reject("elsewhere") : "ok";
    });
    expect(budget.tokens).toBe(10);
  });

  test("pays for retries and hedges alike", async () => {
    const { clock, random } = bench();
    const budget = new RetryBudget({ maxTokens: 4 });
    const events: string[] = [];
    const retrying = retry({ budget, clock, random });
    const hedging = hedge({ budget, delayMs: 10, clock });
    hedging.onEvent(({ type, cause }: HedgeEvent) => events.push(`${type}: ${cause}`));
    retrying.onEvent((event: RetryEvent) => events.push(event.type));
    const slow = (): Promise<void> => clock.sleep(20);
    const first = hedging.execute(slow);
    await clock.advance(100);
    await first;
    expect(budget.tokens).toBe(3.1);
    const failed = outcome(retrying.execute(() => Promise.reject("no")));
    await clock.advance(1000);
    await failed;
    const second = hedging.execute(slow);
    await clock.advance(100);
    await second;
    expect(events).toEqual(["hedge: slow", "retry", "give-up", "over-budget: slow"]);
  });
});

describe("the budget that hedge has of its own", () => {
  test("lets five attempts in a row be added, and in the long run one in twenty", async () => {
    const { clock, expectClean } = bench();
    const policy = hedge({ delayMs: 10, clock });
    let attempts = 0;
    for (let i = 0; i < 2000; i++) {
      const result = policy.execute(() => {
        attempts++;
        return clock.sleep(20);
      });
      await clock.advance(20);
      await result;
    }
    expect(attempts - 2000).toBeGreaterThan(100);
    expect(attempts - 2000).toBeLessThanOrEqual(5 + 100);
    expectClean();
  });
});
