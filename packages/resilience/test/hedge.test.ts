import { deferred, type Deferred } from "@selvage/core";
import { describe, expect, test } from "vitest";

import {
  hedge,
  LatencyTracker,
  ResilienceError,
  type HedgeContext,
  RetryBudget,
} from "../src/index.ts";
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
    const result = hedge({ clock }).execute(fn(clock), { signal });
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
    const result = hedge({ hedges: 3, delayMs: 20, clock }).execute(fn(clock), { signal });
    await clock.advance(50);
    results[1]?.resolve("second");
    expect(await result).toBe("second");
    expect(started.map(({ at }) => at)).toEqual([0, 20, 40]);
    expectClean();
  });

  test("aborts the losers without waiting for them, and never the winner", async () => {
    const { clock } = bench();
    const { started, results, fn } = attempts();
    const result = hedge({ hedges: 2, delayMs: 10, clock }).execute(fn(clock));
    await clock.advance(20);
    results[1]?.resolve("second");
    expect(await result).toBe("second");
    const reasons = started.map(({ signal }) => signal.reason as unknown);
    expect(reasons[0]).toBeInstanceOf(ResilienceError);
    expect(reasons).toMatchObject([
      { kind: "superseded", message: "[superseded] another attempt decided the call" },
      undefined,
      { kind: "superseded" },
    ]);
    results[0]?.reject(new Error("nobody hears this"));
  });

  test("starts the next attempt at once when a running one fails", async () => {
    const { clock, expectClean } = bench();
    const { started, results, fn } = attempts();
    const result = hedge({ hedges: 2, delayMs: 50, clock }).execute(fn(clock));
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
    const result = outcome(hedge({ hedges: 2, delayMs: 10, clock }).execute(fn(clock), { signal }));
    await clock.advance(20);
    for (const index of [2, 0, 1]) results[index]?.reject(`error ${index}`);
    expect(await result).toBe("error 0");
    expectClean();
  });

  test("survives attempts that throw synchronously", async () => {
    const { clock, expectClean } = bench();
    const result = hedge({ clock }).execute(({ index }) => {
      if (index === 0) throw new Error("synchronous");
      return "second";
    });
    expect(await result).toBe("second");
    expect(clock.now()).toBe(0);
    expectClean();
  });

  test("with no hedges is a plain call", async () => {
    const { clock, expectClean } = bench();
    const { started, results, fn } = attempts();
    const result = outcome(hedge({ hedges: 0, clock }).execute(fn(clock)));
    await clock.advance(500);
    results[0]?.reject("only");
    expect(await result).toBe("only");
    expect(started).toHaveLength(1);
    expectClean();
  });

  test("ends at once with the caller's reason, which all attempts see", async () => {
    const { clock, controller, signal, expectClean } = bench();
    const { started, fn } = attempts();
    const result = outcome(hedge({ clock }).execute(fn(clock), { signal }));
    await clock.advance(60);
    controller.abort("enough");
    expect(await result).toBe("enough");
    expect(started.map((one) => one.signal.reason as unknown)).toEqual(["enough", "enough"]);
    expectClean();
    expect(await outcome(hedge({ clock }).execute(fn(clock), { signal }))).toBe("enough");
    expect(started).toHaveLength(2);
  });

  test("asks a function for each delay", async () => {
    const { clock } = bench();
    const { started, results, fn } = attempts();
    const delays = [30, 5];
    const policy = { hedges: 2, delayMs: () => delays.shift() ?? 0 };
    const result = hedge({ ...policy, clock }).execute(fn(clock));
    await clock.advance(100);
    expect(started.map(({ at }) => at)).toEqual([0, 30, 35]);
    results[0]?.resolve("slow but first");
    expect(await result).toBe("slow but first");
  });

  test("ends at once with an error that another attempt would only get again", async () => {
    const { clock, expectClean } = bench();
    const { started, results, fn } = attempts();
    const result = outcome(hedge({ hedges: 2, delayMs: 10, clock }).execute(fn(clock)));
    await clock.advance(10);
    const final = Object.assign(new Error("bad request"), { retryable: false });
    results[1]?.reject(final);
    expect(await result).toBe(final);
    expect(started.map(({ signal }) => signal.reason as unknown)).toMatchObject([
      { kind: "superseded" },
      undefined,
    ]);
    expect(started).toHaveLength(2);
    expectClean();
  });

  test("lets the caller say which errors are final; a judge that throws is the error", async () => {
    const { clock, expectClean } = bench();
    const fails = ({ index }: HedgeContext): Promise<string> => Promise.reject(`error ${index}`);
    const never = hedge({ hedges: 2, isFinal: () => false, clock });
    expect(await outcome(never.execute(fails))).toBe("error 0");
    const second = hedge({ hedges: 2, isFinal: (error) => error === "error 1", clock });
    expect(await outcome(second.execute(fails))).toBe("error 1");
    const judge = (): boolean => {
      throw new Error("the judge");
    };
    const broken = hedge({ isFinal: judge, clock });
    expect(await outcome(broken.execute(fails))).toMatchObject({ message: "the judge" });
    expectClean();
  });

  test("waits for the p95 that it has seen itself, 50 ms at least", async () => {
    const { clock } = bench();
    const policy = hedge({ clock, budget: new RetryBudget({ maxTokens: 1000 }) });
    const startsAfter = async (): Promise<number> => {
      const begun = clock.now();
      let second = Number.NaN;
      const result = policy.execute(async ({ index }) => {
        if (index === 1) second = clock.now() - begun;
        await clock.sleep(index === 0 ? 5000 : 0);
      });
      await clock.advance(6000);
      await result;
      return second;
    };
    expect(await startsAfter()).toBe(50);
    for (let i = 0; i < 60; i++) {
      const result = policy.execute(() => clock.sleep(i < 4 ? 40 : 20));
      await clock.advance(40);
      await result;
    }
    expect(await startsAfter()).toBe(50);
    const slower = new LatencyTracker();
    for (let i = 1; i <= 100; i++) slower.record(i * 10);
    const shared = hedge({ latencies: slower, clock });
    let at = 0;
    const result = shared.execute(({ index }) => {
      if (index === 0) return new Promise(() => {});
      return (at = clock.now());
    });
    const from = clock.now();
    await clock.advance(5000);
    await result;
    expect(at - from).toBe(950);
  });

  test("remembers how long losers had taken, so that hedging does not hide the slow ones", async () => {
    const { clock } = bench();
    const latencies = new LatencyTracker();
    const policy = hedge({ latencies, delayMs: 100, clock });
    const result = policy.execute(({ index }) => clock.sleep(index === 0 ? 1000 : 30));
    await clock.advance(130);
    await result;
    expect([latencies.quantile(0), latencies.quantile(1)]).toEqual([30, 130]);
  });

  test("does not take the time of failed attempts for latencies", async () => {
    const { clock } = bench();
    const latencies = new LatencyTracker();
    const policy = hedge({ latencies, clock });
    const result = policy.execute(async ({ index }) => {
      await clock.sleep(index === 0 ? 1 : 20);
      if (index === 0) throw new Error("failed");
    });
    await clock.advance(21);
    await result;
    expect([latencies.quantile(0), latencies.quantile(1)]).toEqual([20, 20]);
  });

  test("can be shared by concurrent calls", async () => {
    const { clock, expectClean } = bench();
    const policy = hedge({ delayMs: 10, clock });
    const results = [5, 15, 25].map((ms) =>
      policy.execute(async ({ index }) => {
        await clock.sleep(ms);
        return `${ms}/${index}`;
      }),
    );
    await clock.advance(100);
    expect(await Promise.all(results)).toEqual(["5/0", "15/0", "25/0"]);
    expectClean();
  });

  test("refuses wrong policies by name and value, leaving nothing behind", async () => {
    const { clock, signal, expectClean } = bench();
    const make = (config: object) => (): unknown => hedge(config);
    expect(make({ hedges: -1 })).toThrow(
      new RangeError("hedges must be a whole number from 0 to 9007199254740991, got -1"),
    );
    expect(make({ delayMs: Number.NaN })).toThrow(RangeError);
    expect(make({ delayMs: "50" })).toThrow(TypeError);
    expect(make({ isFinal: true })).toThrow("isFinal must be a function, got true");
    let calls = 0;
    const policy = hedge({ delayMs: () => Number.NaN, clock });
    const result = outcome(policy.execute(() => calls++, { signal }));
    expect(await result).toMatchObject({
      message: "delayMs must be a number from 0 to Infinity, got NaN",
    });
    expect(calls).toBe(0);
    expectClean();
  });
});

describe("LatencyTracker", () => {
  test.each([Number.NaN, -1])("refuses %d milliseconds, and is none the worse", (ms) => {
    const latencies = new LatencyTracker();
    latencies.record(80);
    expect(() => latencies.record(ms)).toThrow(RangeError);
    expect(latencies.hedgeDelay()()).toBe(80);
  });

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
    expect(() => new LatencyTracker(0)).toThrow("samples must be a whole number from 1 to");
  });
});
