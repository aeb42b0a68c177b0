import { getEventListeners } from "node:events";

import { describe, expect, test } from "vitest";

import {
  Bulkhead,
  CircuitBreaker,
  compose,
  fallback,
  hedge,
  rateLimit,
  retry,
  timeout,
  type Policy,
} from "../src/index.ts";
import { CallMetrics } from "../src/metrics/index.ts";
import { bench, hang, outcome, type Bench } from "./helpers.ts";

const everything = ({ clock, random }: Bench): Policy<unknown> =>
  compose(
    fallback(() => "other"),
    timeout(500, { clock }),
    retry({ clock, random }),
    hedge({ clock }),
    rateLimit({ limit: 3, perMs: 50, maxQueue: 5, clock }),
    new Bulkhead({ maxConcurrent: 3, maxQueue: 5, clock }),
    new CircuitBreaker({ clock, random }),
    timeout(50, { clock }),
  );

/** Every policy, as it may be used, on one clock. */
const policies: Readonly<Record<string, (bench: Bench) => Policy<unknown>>> = {
  retry: ({ clock, random }) => retry({ clock, random }),
  "retry with bounds": ({ clock, random }) =>
    retry({ attemptTimeoutMs: 40, deadlineMs: 300, clock, random }),
  hedge: ({ clock }) => hedge({ hedges: 2, clock }),
  timeout: ({ clock }) => timeout(100, { clock }),
  "timeout with grace": ({ clock }) => timeout(100, { graceMs: 100, clock }),
  breaker: ({ clock }) => new CircuitBreaker({ trip: { failures: 2 }, clock }),
  "sampling breaker": ({ clock }) =>
    new CircuitBreaker({ trip: { durationMs: 1000, minimumCalls: 2 }, slowCallMs: 10, clock }),
  bulkhead: ({ clock }) => new Bulkhead({ maxConcurrent: 2, maxQueue: 2, maxWaitMs: 50, clock }),
  "rate limit": ({ clock }) =>
    rateLimit({ limit: 2, perMs: 50, maxQueue: 2, maxWaitMs: 60, clock }),
  fallback: () => fallback(() => "other"),
  metrics: ({ clock }) => new CallMetrics({ clock }),
  all: everything,
};

/** Every way for a function to end. */
const functions: Readonly<
  Record<string, (bench: Bench) => (context: { signal: AbortSignal }) => unknown>
> = {
  "answers at once": () => () => "ok",
  "answers later":
    ({ clock }) =>
    () =>
      clock.sleep(70),
  fails: () => () => Promise.reject(new Error("failed")),
  "fails later":
    ({ clock }) =>
    async () => {
      await clock.sleep(20);
      throw new Error("failed");
    },
  "fails for good": () => () => Promise.reject(Object.assign(new Error(), { retryable: false })),
  "throws synchronously": () => () => {
    throw new Error("failed");
  },
  "hangs and listens":
    () =>
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  "hangs and does not listen": () => hang,
};

/** Every way for callers to behave, several at a time on one signal. */
const callers = ["stay", "gave up before", "give up at once", "give up later"] as const;

describe.each(Object.entries(policies))("%s", (_, makePolicy) => {
  test.each(Object.entries(functions))(
    "leaves nothing behind when the function %s",
    async (fn, makeFunction) => {
      for (const caller of callers) {
        const made = bench();
        const { clock, controller, signal, expectClean } = made;
        const one = makePolicy(made);
        const work = makeFunction(made);
        if (caller === "gave up before") controller.abort("enough");
        const results = Array.from({ length: 6 }, () => outcome(one.execute(work, { signal })));
        if (caller === "give up at once") controller.abort("enough");
        await clock.advance(30);
        if (caller === "give up later") controller.abort("enough");
        await clock.advance(5000);
        const settled = await Promise.race([
          Promise.all(results),
          new Promise((resolve) => setImmediate(resolve, "hangs")),
        ]);
        // Without a bound a hung function hangs its caller: then it is the caller who ends it.
        if (settled === "hangs") {
          expect([caller, fn.startsWith("hangs")]).toEqual(["stay", true]);
          controller.abort("enough");
          await Promise.all(results);
          await clock.advance(5000);
        }
        expectClean();
        if (caller === "gave up before") {
          expect(new Set(await Promise.all(results))).toEqual(new Set(["enough"]));
        }
      }
    },
  );
});

test("ten thousand calls on one signal leave no listener and no timer", async () => {
  const made = bench();
  const { clock, signal, expectClean } = made;
  const policy = everything(made);
  for (let i = 0; i < 10_000; i += 10) {
    const results = Array.from({ length: 10 }, (_, n) =>
      outcome(policy.execute(() => (n % 3 === 0 ? Promise.reject(n) : n), { signal })),
    );
    await clock.advance(1000);
    await Promise.all(results);
  }
  expect(clock.pending).toBe(0);
  expectClean();
}, 20_000);

test("listeners bound to a signal are let go with it", () => {
  const { controller, signal, clock, expectClean } = bench();
  for (const policy of [
    retry({ clock }),
    hedge({ clock }),
    timeout(1, { clock }),
    new CircuitBreaker({ clock }),
    new Bulkhead({ clock }),
    rateLimit({ limit: 1, clock }),
    fallback(() => 1),
  ]) {
    policy.onEvent(() => {}, { signal });
    const subscription = policy.onEvent(() => {}, { signal });
    subscription[Symbol.dispose]();
  }
  expect(getEventListeners(signal, "abort")).toHaveLength(7);
  controller.abort();
  expectClean();
});
