import { describe, expect, test } from "vitest";

import { timeout, type TimeoutConfig, type TimeoutEvent } from "../src/index.ts";
import { bench, hang, outcome, unchecked } from "./helpers.ts";

describe("timeout", () => {
  test("lets an answer in time through and never aborts its signal afterwards", async () => {
    const { clock, controller, signal, expectClean } = bench();
    const policy = timeout(100, { clock });
    const signals: AbortSignal[] = [];
    const result = policy.execute(
      async (context) => {
        signals.push(context.signal);
        await clock.sleep(99);
        return "in time";
      },
      { signal },
    );
    await clock.advance(99);
    expect(await result).toBe("in time");
    await clock.advance(1000);
    controller.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    expectClean();
  });

  test("aborts what takes longer, tells its listeners, and does not wait for it", async () => {
    const { clock, signal, expectClean } = bench();
    const policy = timeout(100, { clock });
    const events: TimeoutEvent[] = [];
    const reasons: unknown[] = [];
    policy.onEvent((event) => events.push(event));
    const result = outcome(
      policy.execute(
        (context) => {
          context.signal.addEventListener("abort", () => reasons.push(context.signal.reason));
          return hang();
        },
        { signal },
      ),
    );
    await clock.advance(100);
    const error = await result;
    expect(error).toMatchObject({
      kind: "timeout",
      retryable: true,
      message: "[timeout] no answer within 100 ms",
    });
    expect(reasons).toEqual([error]);
    expect(events).toEqual([{ type: "timeout", timeoutMs: 100 }]);
    expectClean();
  });

  test("without grace still hears an answer of the same turn, be it good or bad", async () => {
    const { clock } = bench();
    const policy = timeout(10, { clock });
    for (const settle of ["resolve", "reject"] as const) {
      const result = outcome(
        policy.execute(
          ({ signal }) =>
            new Promise<string>((resolve, reject) => {
              const answer = settle === "resolve" ? resolve : reject;
              signal.addEventListener("abort", () => answer(settle));
            }),
        ),
      );
      await clock.advance(10);
      expect(await result).toBe(settle);
    }
  });

  test("waits for a function that cleans up, as long as its grace", async () => {
    const { clock, expectClean } = bench();
    const policy = timeout(10, { graceMs: 50, clock });
    const cleaningUp = (ms: number): Promise<unknown> =>
      outcome(
        policy.execute(
          ({ signal }) =>
            new Promise((_, reject) => {
              signal.addEventListener("abort", () => {
                void clock.sleep(ms).then(() => reject(new Error("cleaned up")));
              });
            }),
        ),
      );
    const quick = cleaningUp(40);
    const slow = cleaningUp(60);
    await clock.advance(50);
    expect(await quick).toMatchObject({ message: "cleaned up" });
    await clock.advance(10);
    expect(await slow).toMatchObject({ kind: "timeout" });
    await clock.advance(10);
    expectClean();
  });

  test("takes a plain AbortError for the timeout that caused it", async () => {
    const { clock } = bench();
    const result = outcome(
      timeout(10, { clock }).execute(
        ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
          }),
      ),
    );
    await clock.advance(10);
    expect(await result).toMatchObject({ kind: "timeout" });
  });

  test("ends with the caller's reason when that comes first, also in the grace period", async () => {
    const { clock, controller, signal, expectClean } = bench();
    const policy = timeout(10, { graceMs: 100, clock });
    const result = outcome(policy.execute(hang, { signal }));
    await clock.advance(50);
    controller.abort("enough");
    expect(await result).toBe("enough");
    expectClean();
    let calls = 0;
    expect(await outcome(policy.execute(() => calls++, { signal }))).toBe("enough");
    expect(calls).toBe(0);
  });

  test("of infinity sets no timer", async () => {
    const { clock, expectClean } = bench();
    const result = timeout(Number.POSITIVE_INFINITY, { clock }).execute(() => 7);
    expectClean();
    expect(await result).toBe(7);
  });

  test("refuses wrong times by name and value", () => {
    expect(() => timeout(-1)).toThrow(
      new RangeError("timeoutMs must be a number from 0 to Infinity, got -1"),
    );
    expect(() => timeout(unchecked("5"))).toThrow(TypeError);
    const config = { graceMs: Number.NaN } satisfies TimeoutConfig;
    expect(() => timeout(1, config)).toThrow("graceMs must be a number from 0 to Infinity");
  });
});
