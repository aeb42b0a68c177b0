import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  ConstantBackoff,
  handleAll,
  retry as cockatielRetry,
  SamplingBreaker,
  timeout as cockatielTimeout,
  TimeoutStrategy,
} from "cockatiel";
import Opossum from "opossum";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { Bulkhead, CircuitBreaker, retry, timeout } from "../src/index.ts";
import { bench, hang, outcome } from "./helpers.ts";

/*
 * What other libraries do where we do something else on purpose. Each test shows both sides: when a
 * peer mends its ways the test fails, and the comparison in the README is to be corrected.
 */

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval"],
  });
});

afterEach(() => {
  vi.useRealTimers();
});

/** How many of these have settled by now. */
async function settledOf(promises: readonly Promise<unknown>[]): Promise<number> {
  let settled = 0;
  for (const promise of promises) void outcome(promise).then(() => settled++);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

const fails = (): Promise<never> => Promise.reject(new Error("failed"));

describe("an abort during back-off", () => {
  test("is ignored by cockatiel, which calls once more", async () => {
    const controller = new AbortController();
    const policy = cockatielRetry(handleAll, { maxAttempts: 1, backoff: new ConstantBackoff(400) });
    let calls = 0;
    const result = policy.execute(() => {
      calls++;
      return fails();
    }, controller.signal);
    await vi.advanceTimersByTimeAsync(50);
    controller.abort();
    expect(await settledOf([result])).toBe(0);
    await vi.advanceTimersByTimeAsync(400);
    expect([await settledOf([result]), calls]).toEqual([1, 2]);
  });

  test("ends ours at once", async () => {
    const { clock, controller, signal, expectClean } = bench();
    let calls = 0;
    const result = outcome(
      retry({ initialBackoffMs: 400, clock }).execute(
        () => {
          calls++;
          return fails();
        },
        { signal },
      ),
    );
    await clock.advance(50);
    controller.abort("enough");
    expect(await result).toBe("enough");
    await clock.advance(1000);
    expect(calls).toBe(1);
    expectClean();
  });
});

describe("a probe that never ends", () => {
  test("keeps an opossum half-open for ever", async () => {
    const breaker = new Opossum((work: () => Promise<unknown>) => work(), {
      timeout: false,
      resetTimeout: 1000,
    });
    await outcome(breaker.fire(fails));
    await vi.advanceTimersByTimeAsync(1000);
    void breaker.fire(hang);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(breaker.halfOpen).toBe(true);
    expect(await outcome(breaker.fire(() => Promise.resolve("well")))).toMatchObject({
      code: "EOPENBREAKER",
    });
    breaker.shutdown();
  });

  test("lasts with ours as long as its lease", async () => {
    const { clock } = bench();
    const breaker = new CircuitBreaker({ trip: { failures: 1 }, clock });
    await outcome(breaker.execute(fails));
    await clock.advance(1200);
    void breaker.execute(hang);
    await clock.advance(1200);
    expect(() => breaker.admit()).toThrow("open");
    await clock.advance(2400);
    expect(await breaker.execute(() => "well")).toBe("well");
    expect(breaker.state).toBe("closed");
  });
});

describe("a probe that its caller cancels", () => {
  test("opens cockatiel's breaker again", async () => {
    const controller = new AbortController();
    const breaker = circuitBreaker(handleAll, {
      halfOpenAfter: 1000,
      breaker: new ConsecutiveBreaker(1),
    });
    await outcome(breaker.execute(fails));
    await vi.advanceTimersByTimeAsync(1000);
    const probe = outcome(
      breaker.execute(
        ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(new Error("aborted")));
          }),
        controller.signal,
      ),
    );
    controller.abort();
    await probe;
    expect(await outcome(breaker.execute(() => "well"))).toMatchObject({
      message: expect.stringContaining("breaker is open"),
    });
  });

  test("says nothing to ours", async () => {
    const { clock, controller, signal } = bench();
    const breaker = new CircuitBreaker({ trip: { failures: 1 }, clock });
    await outcome(breaker.execute(fails));
    await clock.advance(1200);
    const probe = outcome(breaker.execute(hang, { signal }));
    controller.abort("enough");
    await probe;
    expect(await breaker.execute(() => "well")).toBe("well");
    expect(breaker.state).toBe("closed");
  });
});

describe("calls beside a probe", () => {
  test("wait at cockatiel's breaker, however many and however long", async () => {
    const breaker = circuitBreaker(handleAll, {
      halfOpenAfter: 1000,
      breaker: new ConsecutiveBreaker(1),
    });
    await outcome(breaker.execute(fails));
    await vi.advanceTimersByTimeAsync(1000);
    void breaker.execute(hang);
    const surplus = Array.from({ length: 100 }, () => breaker.execute(() => "well"));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await settledOf(surplus)).toBe(0);
  });

  test("are refused by ours at once", async () => {
    const { clock } = bench();
    const breaker = new CircuitBreaker({ trip: { failures: 1 }, clock });
    await outcome(breaker.execute(fails));
    await clock.advance(1200);
    void breaker.execute(hang);
    const surplus = Array.from({ length: 100 }, () => breaker.execute(() => "well"));
    expect(await settledOf(surplus)).toBe(100);
  });
});

describe("the late result of a call from before the trip", () => {
  test("a good one closes an opossum whose probe is still out", async () => {
    const breaker = new Opossum((work: () => Promise<unknown>) => work(), {
      timeout: false,
      resetTimeout: 1000,
    });
    let finish: (value: unknown) => void = () => {};
    const late = breaker.fire(() => new Promise((resolve) => (finish = resolve)));
    await outcome(breaker.fire(fails));
    await outcome(breaker.fire(fails));
    await vi.advanceTimersByTimeAsync(1000);
    void breaker.fire(hang);
    expect(breaker.halfOpen).toBe(true);
    finish("late");
    await late;
    expect(breaker.closed).toBe(true);
    breaker.shutdown();
  });

  test("a bad one opens cockatiel's again although its probe is good", async () => {
    const breaker = circuitBreaker(handleAll, {
      halfOpenAfter: 1000,
      breaker: new ConsecutiveBreaker(1),
    });
    let fail: (error: unknown) => void = () => {};
    const late = outcome(breaker.execute(() => new Promise((_, reject) => (fail = reject))));
    await outcome(breaker.execute(fails));
    await vi.advanceTimersByTimeAsync(1000);
    let finish: (value: unknown) => void = () => {};
    const probe = breaker.execute(() => new Promise((resolve) => (finish = resolve)));
    fail(new Error("late"));
    await late;
    finish("well");
    await probe;
    expect(await outcome(breaker.execute(() => "well"))).toBeInstanceOf(Error);
  });

  test("changes nothing with ours", async () => {
    const { clock } = bench();
    const breaker = new CircuitBreaker({ trip: { failures: 1 }, clock });
    const [good, bad] = [breaker.admit(), breaker.admit()];
    await outcome(breaker.execute(fails));
    await clock.advance(1200);
    const probe = breaker.admit();
    good.success();
    expect(breaker.state).toBe("half-open");
    bad.failure();
    probe.success();
    expect(breaker.state).toBe("closed");
  });
});

describe("the late failure of a call from before a reset", () => {
  test("opens an opossum", async () => {
    const breaker = new Opossum((work: () => Promise<unknown>) => work(), { timeout: false });
    let fail: (error: unknown) => void = () => {};
    const late = outcome(breaker.fire(() => new Promise((_, reject) => (fail = reject))));
    breaker.close();
    fail(new Error("late"));
    await late;
    expect(breaker.opened).toBe(true);
    breaker.shutdown();
  });

  test("changes nothing with ours", () => {
    const breaker = new CircuitBreaker({ trip: { failures: 1 }, clock: bench().clock });
    const late = breaker.admit();
    breaker.reset();
    late.failure();
    expect(breaker.state).toBe("closed");
  });
});

describe("failures from an hour ago", () => {
  const rush = async (execute: () => Promise<unknown>, times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await outcome(execute());
  };

  test("open cockatiel's sampling breaker together with one of now", async () => {
    const breaker = circuitBreaker(handleAll, {
      halfOpenAfter: 1000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 5000, minimumRps: 1 }),
    });
    await rush(() => breaker.execute(fails), 4);
    await vi.advanceTimersByTimeAsync(3_600_000);
    await rush(() => breaker.execute(fails), 1);
    expect(await outcome(breaker.execute(() => "well"))).toBeInstanceOf(Error);
  });

  test("are forgotten by ours", async () => {
    const { clock } = bench();
    const trip = { durationMs: 5000, minimumCalls: 5 };
    const breaker = new CircuitBreaker({ trip, clock });
    await rush(() => breaker.execute(fails), 4);
    await clock.advance(3_600_000);
    await rush(() => breaker.execute(fails), 1);
    expect(breaker.state).toBe("closed");
  });
});

test("one failure opens an opossum as it comes; ours wants five in a row", async () => {
  const theirs = new Opossum(fails, { timeout: false });
  await outcome(theirs.fire());
  expect(theirs.opened).toBe(true);
  theirs.shutdown();
  const ours = new CircuitBreaker({ clock: bench().clock });
  for (let i = 0; i < 4; i++) await outcome(ours.execute(fails));
  expect(ours.state).toBe("closed");
});

describe("a call in the queue of a bulkhead, when a slot becomes free", () => {
  test("is refused by cockatiel if another asks in that moment", async () => {
    const policy = bulkhead(1, 1);
    let finish: () => void = () => {};
    const first = policy.execute(() => new Promise<void>((resolve) => (finish = resolve)));
    const accepted = outcome(policy.execute(() => "its turn"));
    finish();
    for (let i = 0; i < 10; i++) {
      void outcome(policy.execute(hang));
      void outcome(policy.execute(hang));
      await Promise.resolve();
    }
    await first;
    expect(await accepted).toBeInstanceOf(Error);
  });

  test("gets it with ours", async () => {
    const policy = new Bulkhead({ maxConcurrent: 1, maxQueue: 1 });
    let finish: () => void = () => {};
    const first = policy.execute(() => new Promise<void>((resolve) => (finish = resolve)));
    const accepted = outcome(policy.execute(() => "its turn"));
    finish();
    for (let i = 0; i < 10; i++) {
      void outcome(policy.execute(hang));
      void outcome(policy.execute(hang));
      await Promise.resolve();
    }
    await first;
    expect(await accepted).toBe("its turn");
  });
});

describe("a call in the queue of a bulkhead, whose caller gives up", () => {
  test("keeps its place with cockatiel", async () => {
    const policy = bulkhead(1, 1);
    const controller = new AbortController();
    void policy.execute(hang);
    const given = policy.execute(hang, controller.signal);
    controller.abort();
    expect([await settledOf([given]), policy.queueSlots]).toEqual([0, 0]);
  });

  test("leaves ours at once", async () => {
    const { controller, signal } = bench();
    const policy = new Bulkhead({ maxConcurrent: 1, maxQueue: 1 });
    void policy.execute(hang);
    const given = policy.execute(hang, { signal });
    controller.abort();
    expect([await settledOf([given]), policy.queued]).toEqual([1, 0]);
  });
});

test("a success within its time aborts cockatiel's signal all the same, never ours", async () => {
  let theirs: AbortSignal | undefined;
  await cockatielTimeout(1000, TimeoutStrategy.Aggressive).execute(({ signal }) => {
    theirs = signal;
  });
  expect(theirs?.aborted).toBe(true);
  let ours: AbortSignal | undefined;
  const { clock } = bench();
  await timeout(1000, { clock }).execute(({ signal }) => {
    ours = signal;
  });
  await clock.advance(5000);
  expect(ours?.aborted).toBe(false);
});
