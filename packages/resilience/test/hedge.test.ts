import { deferred, type Deferred } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { hedge, LatencyTracker, ResilienceError, type HedgeContext } from "../src/index.ts";
import { bench, outcome } from "./helpers.ts";

/** Attempts that settle when the test says so. */
function attempts(): {
  readonly started: { readonly at: number; readonly signal: AbortSignal }[];
  readonly results: Deferred<string>[];
  fn(clock: { now(): number }): (context: HedgeContext) => Promise<string> | string;
} {
  const started: { at: number; signal: AbortSignal }[] = [];
  const results = Array.from({ length: 5 }, () => deferred<string>());
  return {
    started,
    results,
    fn:
      (clock) =>
      ({ index, signal }) => {
        started.push({ at: clock.now(), signal });
        return results[index]?.promise ?? "one too many";
      },
  };
}

describe("hedge", () => {
  test("makes one call when that answers within the delay", async () => {
    const { clock, signal, expectClean } = bench();
    const { started, results, fn } = attempts();
    const result = hedge(fn(clock), {}, { clock, signal });
    await clock.advance(49);
    results[0]?.resolve("first");
    expect(await result).toBe("first");
    await clock.advance(100);
    expect(started.map(({ at }) => at)).toEqual([0]);
    expect(started[0]?.signal.aborted).toBe(false);
    expectClean();
  });

  test("starts attempt i at i delays and answers with the first success", async () => {
    const { clock, signal, expectClean } = bench();
    const { started, results, fn } = attempts();
    const result = hedge(fn(clock), { hedges: 3, delayMs: 20 }, { clock, signal });
    await clock.advance(50);
    results[1]?.resolve("second");
    expect(await result).toBe("second");
    expect(started.map(({ at }) => at)).toEqual([0, 20, 40]);
    expectClean();
  });

  test("aborts the losers without waiting for them, and never the winner", async () => {
    const { clock } = bench();
    const { started, results, fn } = attempts();
    const result = hedge(fn(clock), { hedges: 2, delayMs: 10 }, { clock });
    await clock.advance(20);
    results[1]?.resolve("second");
    expect(await result).toBe("second");
    const reasons = started.map(({ signal }) => signal.reason as unknown);
    expect(reasons[0]).toBeInstanceOf(ResilienceError);
    expect(reasons).toMatchObject([
      { kind: "superseded", message: "[superseded] attempt 1 was faster" },
      undefined,
      { kind: "superseded" },
    ]);
    results[0]?.reject(new Error("nobody hears this"));
  });

  test("starts the next attempt at once when a running one fails", async () => {
    const { clock, expectClean } = bench();
    const { started, results, fn } = attempts();
    const result = hedge(fn(clock), { hedges: 2, delayMs: 50 }, { clock });
    await clock.advance(5);
    results[0]?.reject(new Error("fails fast"));
    await clock.advance(60);
    expect(started.map(({ at }) => at)).toEqual([0, 5, 55]);
    results[2]?.resolve("third");
    expect(await result).toBe("third");
    expectClean();
  });

  test("throws the error of the lowest index when all fail, in whatever order", async () => {
    const { clock, signal, expectClean } = bench();
    const { results, fn } = attempts();
    const result = outcome(hedge(fn(clock), { hedges: 2, delayMs: 10 }, { clock, signal }));
    await clock.advance(20);
    for (const index of [2, 0, 1]) results[index]?.reject(`error ${index}`);
    expect(await result).toBe("error 0");
    expectClean();
  });

  test("survives attempts that throw synchronously", async () => {
    const { clock, expectClean } = bench();
    const result = hedge(
      ({ index }) => {
        if (index === 0) throw new Error("synchronous");
        return "second";
      },
      {},
      { clock },
    );
    expect(await result).toBe("second");
    expect(clock.now()).toBe(0);
    expectClean();
  });

  test("with no hedges is a plain call", async () => {
    const { clock, expectClean } = bench();
    const { started, results, fn } = attempts();
    const result = outcome(hedge(fn(clock), { hedges: 0 }, { clock }));
    await clock.advance(500);
    results[0]?.reject("only");
    expect(await result).toBe("only");
    expect(started).toHaveLength(1);
    expectClean();
  });

  test("ends at once with the caller's reason, which all attempts see", async () => {
    const { clock, controller, signal, expectClean } = bench();
    const { started, fn } = attempts();
    const result = outcome(hedge(fn(clock), {}, { clock, signal }));
    await clock.advance(60);
    controller.abort("enough");
    expect(await result).toBe("enough");
    expect(started.map((one) => one.signal.reason as unknown)).toEqual(["enough", "enough"]);
    expectClean();
    expect(await outcome(hedge(fn(clock), {}, { clock, signal }))).toBe("enough");
    expect(started).toHaveLength(2);
  });

  test("asks a function for each delay", async () => {
    const { clock } = bench();
    const { started, results, fn } = attempts();
    const delays = [30, 5];
    const policy = { hedges: 2, delayMs: () => delays.shift() ?? 0 };
    const result = hedge(fn(clock), policy, { clock });
    await clock.advance(100);
    expect(started.map(({ at }) => at)).toEqual([0, 30, 35]);
    results[0]?.resolve("slow but first");
    expect(await result).toBe("slow but first");
  });

  test("refuses wrong policies by name and value, leaving nothing behind", async () => {
    const { clock, signal, expectClean } = bench();
    expect(await outcome(hedge(() => 1, { hedges: -1 }))).toMatchObject({
      message: "hedges must be a whole number of at least 0, got -1",
    });
    let calls = 0;
    const policy = { delayMs: () => Number.NaN };
    const result = outcome(hedge(() => calls++, policy, { clock, signal }));
    expect(await result).toMatchObject({ message: "delayMs must be 0 or more, got NaN" });
    expect(calls).toBe(0);
    expectClean();
  });
});

describe("LatencyTracker", () => {
  test("gives quantiles by nearest rank of the newest samples only", () => {
    const tracker = new LatencyTracker(100);
    expect(tracker.quantile(0.95)).toBeUndefined();
    for (let ms = 1000; ms > 0; ms--) tracker.record(ms);
    expect([0, 0.5, 0.95, 1].map((q) => tracker.quantile(q))).toEqual([1, 50, 95, 100]);
    tracker.record(7777);
    expect(tracker.quantile(1)).toBe(7777);
  });

  test("gives a hedge delay of its p95, but not below the floor", () => {
    const tracker = new LatencyTracker();
    const delay = tracker.hedgeDelay();
    expect(delay()).toBe(50);
    for (let i = 0; i < 10; i++) tracker.record(20);
    expect(delay()).toBe(50);
    for (let i = 0; i < 10; i++) tracker.record(300);
    expect(delay()).toBe(300);
    expect(tracker.hedgeDelay(400)()).toBe(400);
  });

  test("refuses to keep less than one sample", () => {
    expect(() => new LatencyTracker(0)).toThrow("samples must be a whole number of at least 1");
  });
});
