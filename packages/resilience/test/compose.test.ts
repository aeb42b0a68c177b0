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
import { always, bench, hang, outcome, unchecked } from "./helpers.ts";

describe("compose", () => {
  test("runs the first policy outermost", async () => {
    const log: string[] = [];
    const named = (name: string): Policy => ({
      execute: async (fn, options) => {
        log.push(`${name} begins`);
        const value = await fn({ signal: options?.signal ?? new AbortController().signal });
        log.push(`${name} ends`);
        return value;
      },
    });
    const result = compose(named("a"), named("b")).execute(() => {
      log.push("call");
      return 1;
    });
    expect(await result).toBe(1);
    expect(log).toEqual(["a begins", "b begins", "call", "b ends", "a ends"]);
  });

  test("gives the function the contexts of all, with one signal that any can abort", async () => {
    const { clock, signal, expectClean } = bench();
    const policy = compose(
      retry<string>({ clock }),
      hedge({ clock }),
      new Bulkhead({ clock }),
      rateLimit({ limit: 1, clock }),
      new CircuitBreaker({ clock }),
      timeout(100, { clock }),
    );
    const context = await policy.execute((all) => all, { signal });
    expect(context).toMatchObject({ attempt: 1, index: 0, timeoutMs: Number.POSITIVE_INFINITY });
    expect(context.excluded.size).toBe(0);
    expect(context.signal).toBeInstanceOf(AbortSignal);
    expectClean();
  });

  test("without policies is a plain call", async () => {
    const { signal } = bench();
    expect(await compose().execute((context) => context.signal === signal, { signal })).toBe(true);
    expect(await outcome(compose().execute(() => Promise.reject("no")))).toBe("no");
    const thrown = compose().execute(() => {
      throw new Error("synchronous");
    });
    expect(await outcome(thrown)).toMatchObject({ message: "synchronous" });
  });

  test("a hung attempt is timed out, counted by the breaker and tried again; at last the fallback answers", async () => {
    const { clock, signal, random, expectClean } = bench();
    const breaker = new CircuitBreaker({ trip: { failures: 2 }, clock, random: always(0.5) });
    const policy = compose(
      fallback(() => "stale"),
      timeout(10_000, { clock }),
      retry({ maxAttempts: 3, clock, random }),
      new Bulkhead({ clock }),
      breaker,
      timeout(100, { clock }),
    );
    let calls = 0;
    const result = policy.execute(
      () => {
        calls++;
        return hang();
      },
      { signal },
    );
    await clock.advance(10_000);
    expect(await result).toBe("stale");
    // Two calls; the third attempt found the breaker open.
    expect([calls, breaker.state]).toEqual([2, "open"]);
    expectClean();
  });

  test("a breaker counts a call that a timeout around it ended, but none whose caller left", async () => {
    const { clock, controller, signal, expectClean } = bench();
    const breaker = new CircuitBreaker({ trip: { failures: 1 }, clock });
    const left = outcome(compose(timeout(100, { clock }), breaker).execute(hang, { signal }));
    controller.abort("enough");
    expect(await left).toBe("enough");
    expect(breaker.state).toBe("closed");
    const late = outcome(compose(retry({ attemptTimeoutMs: 10, clock }), breaker).execute(hang));
    await clock.advance(10);
    expect(breaker.state).toBe("open");
    await clock.advance(10_000);
    await late;
    expectClean();
  });

  test("a caller who leaves ends everything at once, wherever it waits", async () => {
    const { clock, controller, signal, random, expectClean } = bench();
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueue: 9, clock });
    const limiter = rateLimit({ limit: 1, maxQueue: 9, clock });
    const policy = compose(
      fallback(() => "stale"),
      retry({ clock, random }),
      limiter,
      bulkhead,
    );
    const running = outcome(policy.execute(hang, { signal }));
    const backingOff = outcome(
      compose(
        fallback(() => "stale"),
        retry({ clock, random }),
      ).execute(() => Promise.reject("no"), { signal }),
    );
    const waiting = outcome(policy.execute(hang, { signal }));
    await clock.advance(10);
    expect([limiter.queued, bulkhead.running]).toEqual([1, 1]);
    controller.abort("enough");
    expect(await Promise.all([running, backingOff, waiting])).toEqual([
      "enough",
      "enough",
      "enough",
    ]);
    expectClean();
  });

  test("hedges that lose say nothing about their target", async () => {
    const { clock, expectClean } = bench();
    const breakers = [0, 1].map(() => new CircuitBreaker({ trip: { failures: 1 }, clock }));
    const race = hedge({ delayMs: 10, clock });
    const result = race.execute(({ index, signal }) =>
      breakers.at(index)?.execute(() => (index === 0 ? hang() : "second"), { signal }),
    );
    await clock.advance(10);
    expect(await result).toBe("second");
    expect(breakers.map(({ state }) => state)).toEqual(["closed", "closed"]);
    expectClean();
  });

  test("refuses what is no policy", () => {
    expect(() => compose(timeout(1), {} as Policy)).toThrow(
      new TypeError("policies[1].execute must be a function, got undefined"),
    );
    expect(() => compose(unchecked(undefined))).toThrow(TypeError);
  });
});
