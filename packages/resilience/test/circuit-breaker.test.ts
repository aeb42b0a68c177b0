import { SelvageError } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import {
  CircuitBreaker,
  ResilienceError,
  type BreakerLease,
  type CircuitBreakerConfig,
} from "../src/index.ts";
import { always, bench, outcome } from "./helpers.ts";

/** A breaker in virtual time whose open time does not vary. */
function breaker(config: CircuitBreakerConfig = {}): {
  readonly clock: ManualClock;
  readonly breaker: CircuitBreaker;
  readonly log: string[];
} {
  const clock = new ManualClock();
  const log: string[] = [];
  const made = new CircuitBreaker({ clock, random: always(0.5), ...config });
  made.onEvent((event) => {
    if (event.type === "refused") return;
    const { from, to, resetAfterMs } = event;
    log.push(`${from} > ${to}${resetAfterMs === undefined ? "" : ` ${resetAfterMs}`}`);
  });
  return { clock, breaker: made, log };
}

function fail(target: CircuitBreaker, times: number): void {
  for (let i = 0; i < times; i++) target.admit().failure();
}

const refusal = (target: CircuitBreaker): unknown => {
  try {
    target.admit();
    return undefined;
  } catch (error) {
    return error;
  }
};

describe("CircuitBreaker", () => {
  test("goes closed, open, half-open, closed", async () => {
    const { clock, breaker: one, log } = breaker();
    fail(one, 4);
    expect(one.state).toBe("closed");
    fail(one, 1);
    expect(one.state).toBe("open");
    await clock.advance(1000);
    const probe = one.admit();
    expect([probe.isProbe, one.state]).toEqual([true, "half-open"]);
    probe.success();
    expect(one.state).toBe("closed");
    expect(one.admit().isProbe).toBe(false);
    expect(log).toEqual(["closed > open 1000", "open > half-open", "half-open > closed"]);
  });

  test("counts failures in a row only", () => {
    const { breaker: one } = breaker();
    fail(one, 4);
    one.admit().success();
    fail(one, 4);
    one.admit().release();
    expect(one.state).toBe("closed");
    fail(one, 1);
    expect(one.state).toBe("open");
  });

  test("keeps no probe for a judge of errors that fails, and shows what is wrong with it", async () => {
    const wrong = new Error("the judge is wrong");
    const isFailure = (): boolean => {
      throw wrong;
    };
    const { clock, breaker: one } = breaker({ trip: { failures: 1 }, isFailure });
    fail(one, 1);
    await clock.advance(1000);
    await expect(one.execute(() => Promise.reject(new Error("work failed")))).rejects.toBe(wrong);
    expect(one.admit().isProbe).toBe(true);
  });

  test("refuses while open and says for how long", async () => {
    const { clock, breaker: one } = breaker({ trip: { failures: 1 } });
    expect(one.retryAfterMs).toBe(0);
    fail(one, 1);
    await clock.advance(400);
    const error = refusal(one);
    expect(error).toBeInstanceOf(ResilienceError);
    expect(error).toMatchObject({
      kind: "circuit-open",
      retryAfterMs: 600,
      message: "[circuit-open] open, next try in 600 ms",
    });
    expect(one.retryAfterMs).toBe(600);
    await clock.advance(600);
    expect(one.retryAfterMs).toBe(0);
  });

  test("doubles its open time with each failed probe up to the maximum", async () => {
    const { clock, breaker: one, log } = breaker({ trip: { failures: 1 } });
    fail(one, 1);
    for (let i = 0; i < 7; i++) {
      await clock.advance(one.retryAfterMs);
      one.admit().failure();
    }
    const times = log.filter((line) => line.includes("> open")).map((line) => line.split(" ")[3]);
    expect(times).toEqual(["1000", "2000", "4000", "8000", "16000", "30000", "30000", "30000"]);
  });

  test("counts trouble soon after closing as the same trouble, later as new", async () => {
    const { clock, breaker: one, log } = breaker({ trip: { failures: 1 } });
    fail(one, 1);
    await clock.advance(1000);
    one.admit().success();
    await clock.advance(999);
    fail(one, 1);
    await clock.advance(2000);
    one.admit().success();
    await clock.advance(2000);
    fail(one, 1);
    const opened = log.filter((line) => line.startsWith("closed > open"));
    expect(opened).toEqual(["closed > open 1000", "closed > open 2000", "closed > open 1000"]);
  });

  test("varies its open time by a fifth, never above the maximum", () => {
    const openFor = (fraction: number, config: CircuitBreakerConfig = {}): number => {
      const { breaker: one } = breaker({
        trip: { failures: 1 },
        random: always(fraction),
        ...config,
      });
      fail(one, 1);
      return one.retryAfterMs;
    };
    expect(openFor(0)).toBeCloseTo(800);
    expect(openFor(1)).toBeCloseTo(1200);
    expect(openFor(1, { maxResetAfterMs: 1000 })).toBe(1000);
  });

  test("wants as many good probes in a row as configured", async () => {
    const { clock, breaker: one } = breaker({ trip: { failures: 1 }, successThreshold: 2 });
    fail(one, 1);
    await clock.advance(1000);
    one.admit().success();
    expect(one.state).toBe("half-open");
    one.admit().failure();
    expect(one.state).toBe("open");
    await clock.advance(2000);
    one.admit().success();
    expect(one.state).toBe("half-open");
    one.admit().success();
    expect(one.state).toBe("closed");
  });

  test("forgets everything on reset", async () => {
    const { clock, breaker: one, log } = breaker({ trip: { failures: 2 } });
    fail(one, 2);
    one.reset();
    expect([one.state, one.retryAfterMs]).toEqual(["closed", 0]);
    fail(one, 1);
    one.reset();
    fail(one, 1);
    expect(one.state).toBe("closed");
    fail(one, 1);
    await clock.advance(0);
    expect(log).toEqual(["closed > open 1000", "open > closed", "closed > open 1000"]);
  });
});

describe("a half-open breaker", () => {
  /** Open for 1,000 ms, and that is over. */
  async function waiting(config: CircuitBreakerConfig = {}): Promise<ReturnType<typeof breaker>> {
    const made = breaker({ trip: { failures: 1 }, ...config });
    fail(made.breaker, 1);
    await made.clock.advance(1000);
    return made;
  }

  test("admits one probe; surplus callers fail at once", async () => {
    const { breaker: one } = await waiting();
    const probe = one.admit();
    for (let i = 0; i < 100; i++) {
      expect(refusal(one)).toMatchObject({ kind: "circuit-open", retryAfterMs: 1000 });
    }
    probe.success();
    expect(one.admit().isProbe).toBe(false);
  });

  test("gives the slot of an abandoned probe to the next call, without a verdict", async () => {
    const { breaker: one } = await waiting();
    one.admit().release();
    expect([one.state, one.retryAfterMs]).toEqual(["half-open", 0]);
    const second = one.admit();
    expect(second.isProbe).toBe(true);
    second.success();
    expect(one.state).toBe("closed");
  });

  test("takes a probe that nobody reported on for failed once its lease is over", async () => {
    const { clock, breaker: one } = await waiting();
    const hung = one.admit();
    await clock.advance(999);
    expect(refusal(one)).toMatchObject({ retryAfterMs: 1 });
    await clock.advance(1);
    expect(one.retryAfterMs).toBe(2000);
    expect(refusal(one)).toMatchObject({ retryAfterMs: 2000 });
    hung.success();
    expect(one.state).toBe("open");
    await clock.advance(2000);
    one.admit().success();
    expect(one.state).toBe("closed");
  });

  test("keeps a lease no longer than asked, nor than it was open", async () => {
    const { clock, breaker: one } = await waiting();
    one.admit({ leaseMs: 50 });
    expect(one.retryAfterMs).toBe(50);
    await clock.advance(50);
    expect(refusal(one)).toMatchObject({ retryAfterMs: 2000 });
    await clock.advance(2000);
    one.admit({ leaseMs: 1e9 });
    expect(one.retryAfterMs).toBe(2000);
    expect(() => one.admit({ leaseMs: Number.NaN })).toThrow("leaseMs must be a number from 0");
  });

  test("hears only the first word about a probe, and none about an older one", async () => {
    const { breaker: one } = await waiting({ successThreshold: 2 });
    const first = one.admit();
    first.release();
    const second = one.admit();
    first.failure();
    first.success();
    expect([one.state, refusal(one) instanceof ResilienceError]).toEqual(["half-open", true]);
    second.success();
    second.failure();
    expect(one.state).toBe("half-open");
  });
});

describe("late results", () => {
  test("of calls admitted before the trip change nothing afterwards", async () => {
    const { clock, breaker: one, log } = breaker({ trip: { failures: 1 } });
    const early: BreakerLease[] = Array.from({ length: 6 }, () => one.admit());
    early[0]?.failure();
    early[1]?.success();
    early[2]?.failure();
    expect(one.retryAfterMs).toBe(1000);
    await clock.advance(1000);
    const probe = one.admit();
    early[3]?.failure();
    early[4]?.success();
    expect(one.state).toBe("half-open");
    probe.success();
    early[5]?.failure();
    expect(one.state).toBe("closed");
    expect(log).toHaveLength(3);
  });

  test("of a probe change nothing after a reset", async () => {
    const { clock, breaker: one } = breaker({ trip: { failures: 1 } });
    fail(one, 1);
    await clock.advance(1000);
    const probe = one.admit();
    one.reset();
    probe.failure();
    expect(one.state).toBe("closed");
  });
});

describe("execute", () => {
  const table = {
    down: { retryable: true, meaning: "the target is down" },
    refused: { retryable: false, meaning: "the request was wrong" },
    timeout: { retryable: false, meaning: "no answer in time" },
  } as const;
  const failure = (kind: keyof typeof table): SelvageError => new SelvageError(table, kind, "test");

  test("passes results and errors through and counts what concerns the target", async () => {
    const { breaker: one } = breaker({ trip: { failures: 3 } });
    expect(await one.execute(() => 7)).toBe(7);
    for (const error of [failure("down"), failure("refused"), failure("timeout")]) {
      expect(await outcome(one.execute(() => Promise.reject(error)))).toBe(error);
    }
    expect(one.state).toBe("closed");
    const thrown = new Error("synchronous");
    const result = one.execute(() => {
      throw thrown;
    });
    expect(await outcome(result)).toBe(thrown);
    expect(one.state).toBe("open");
  });

  test("does not call while open", async () => {
    const { breaker: one } = breaker({ trip: { failures: 1 } });
    fail(one, 1);
    let calls = 0;
    expect(await outcome(one.execute(() => calls++))).toMatchObject({ kind: "circuit-open" });
    expect(calls).toBe(0);
  });

  test("frees the probe's slot at once when its caller gives up", async () => {
    const { clock, breaker: one } = breaker({ trip: { failures: 1 } });
    const { controller, signal, expectClean } = bench();
    fail(one, 1);
    await clock.advance(1000);
    const hung = outcome(one.execute(() => new Promise(() => {}), { signal }));
    expect(one.retryAfterMs).toBe(1000);
    controller.abort("enough");
    expect(await hung).toBe("enough");
    expect([one.state, one.retryAfterMs]).toEqual(["half-open", 0]);
    expect(await outcome(one.execute(() => 1, { signal }))).toBe("enough");
    expect(await one.execute(() => 2)).toBe(2);
    expect(one.state).toBe("closed");
    expectClean();
  });

  test("judges errors by the predicate it is given", async () => {
    const { breaker: one } = breaker({
      trip: { failures: 1 },
      isFailure: (error) => error === "counts",
    });
    await outcome(one.execute(() => Promise.reject("does not")));
    expect(one.state).toBe("closed");
    await outcome(one.execute(() => Promise.reject("counts")));
    expect(one.state).toBe("open");
  });

  test("gives the slot back for an error that says nothing about the target", async () => {
    const { clock, breaker: one } = breaker({ trip: { failures: 1 } });
    fail(one, 1);
    await clock.advance(1000);
    await outcome(one.execute(() => Promise.reject(failure("refused"))));
    expect([one.state, one.retryAfterMs]).toEqual(["half-open", 0]);
  });
});

test("a listener that throws is reported and changes nothing", () => {
  const errors: unknown[] = [];
  const { breaker: one } = breaker({
    trip: { failures: 1 },
    reportError: (error) => errors.push(error),
  });
  one.onEvent(() => {
    throw new Error("listener");
  });
  fail(one, 1);
  expect(one.state).toBe("open");
  expect(errors).toMatchObject([{ message: "listener" }]);
});

test("wrong configurations are refused by name and value", () => {
  const make = (config: CircuitBreakerConfig) => (): unknown => new CircuitBreaker(config);
  expect(make({ trip: { failures: 0 } })).toThrow("failures must be a whole number");
  expect(make({ successThreshold: 1.5 })).toThrow("successThreshold must be a whole number");
  expect(make({ resetAfterMs: 0 })).toThrow(
    "resetAfterMs must be a number from 1 to Infinity, got 0",
  );
  expect(make({ maxResetAfterMs: Number.NaN })).toThrow(RangeError);
});
