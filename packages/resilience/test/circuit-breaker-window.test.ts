import { describe, expect, test } from "vitest";

import { CircuitBreaker, type BreakerTrip, type CircuitBreakerConfig } from "../src/index.ts";
import { always, bench, type Bench, unchecked } from "./helpers.ts";

function breaker(config: CircuitBreakerConfig): Bench & { readonly one: CircuitBreaker } {
  const made = bench();
  return {
    ...made,
    one: new CircuitBreaker({ clock: made.clock, random: always(0.5), ...config }),
  };
}

/** Reports calls: `F` for a failure, `S` for a success. */
function report(one: CircuitBreaker, calls: string): void {
  for (const call of calls) {
    const lease = one.admit();
    if (call === "F") lease.failure();
    else lease.success();
  }
}

describe("a count-based breaker", () => {
  const trip: BreakerTrip = { calls: 4, failureRate: 0.5 };

  test("opens when enough of so many newest calls failed", () => {
    for (const [calls, state] of [
      ["FFF", "closed"],
      ["SFSF", "open"],
      ["FFSS", "closed"],
      ["FSSSF", "closed"],
      ["FSSSFF", "open"],
      ["FFSSSF", "closed"],
    ] as const) {
      const { one } = breaker({ trip });
      report(one, calls);
      expect([calls, one.state]).toEqual([calls, state]);
    }
  });

  test("does not open on good news, even if that completes the minimum", () => {
    const { one } = breaker({ trip });
    report(one, "FFFS");
    expect(one.state).toBe("closed");
    report(one, "F");
    expect(one.state).toBe("open");
  });

  test("may open before its window is full, if told", () => {
    const { one } = breaker({ trip: { ...trip, calls: 100, minimumCalls: 3 } });
    report(one, "FF");
    expect(one.state).toBe("closed");
    report(one, "F");
    expect(one.state).toBe("open");
  });

  test("a minimum beyond the window means a full window", () => {
    const { one } = breaker({ trip: { ...trip, minimumCalls: 50 } });
    report(one, "FFFF");
    expect(one.state).toBe("open");
  });

  test("takes rates that are no binary fractions at their word", () => {
    const { one } = breaker({ trip: { calls: 30, failureRate: 0.1 } });
    report(one, `FF${"S".repeat(27)}`);
    expect(one.state).toBe("closed");
    report(one, "F");
    expect(one.state).toBe("open");
  });

  test("begins anew after it closed", async () => {
    const { clock, one } = breaker({ trip });
    report(one, "SSFF");
    await clock.advance(1000);
    report(one, "S");
    report(one, "FFF");
    expect(one.state).toBe("closed");
    report(one, "F");
    expect(one.state).toBe("open");
  });
});

describe("a sampling breaker", () => {
  const trip: BreakerTrip = { durationMs: 10_000, failureRate: 0.5, minimumCalls: 4 };

  test("opens when enough of the calls of its time failed", async () => {
    const { clock, one } = breaker({ trip });
    for (const calls of ["S", "S", "F"]) {
      report(one, calls);
      await clock.advance(3000);
    }
    expect(one.state).toBe("closed");
    report(one, "F");
    expect(one.state).toBe("open");
  });

  test("forgets old calls by the clock, not by being asked", async () => {
    const { clock, one } = breaker({ trip });
    report(one, "FFF");
    await clock.advance(3_600_000);
    report(one, "F");
    expect(one.state).toBe("closed");
    report(one, "SFF");
    expect(one.state).toBe("open");
  });

  test("forgets in tenths of its time", async () => {
    const { clock, one } = breaker({ trip });
    report(one, "FFF");
    await clock.advance(9999);
    report(one, "S");
    await clock.advance(1);
    report(one, "FFF");
    expect(one.state).toBe("open");
    const second = breaker({ trip });
    report(second.one, "FFF");
    await second.clock.advance(10_000);
    report(second.one, "F");
    expect(second.one.state).toBe("closed");
  });

  test("wants 20 calls unless told otherwise", () => {
    const { one } = breaker({ trip: { durationMs: 10_000 } });
    report(one, "F".repeat(19));
    expect(one.state).toBe("closed");
    report(one, "F");
    expect(one.state).toBe("open");
  });
});

describe("slow calls", () => {
  /** Calls that take so long each, all well. */
  async function calls({ one, clock }: ReturnType<typeof breaker>, times: number[]): Promise<void> {
    for (const ms of times) {
      const lease = one.admit();
      await clock.advance(ms);
      lease.success();
    }
  }

  test("open a breaker when there are too many of them", async () => {
    const made = breaker({ trip: { calls: 4, slowRate: 0.5 }, slowCallMs: 100 });
    await calls(made, [101, 100, 100, 100]);
    expect(made.one.state).toBe("closed");
    await calls(made, [101, 100, 101]);
    expect(made.one.state).toBe("open");
  });

  test("in a row open a consecutive breaker", async () => {
    const made = breaker({ trip: { failures: 3 }, slowCallMs: 100 });
    await calls(made, [500, 500, 10, 500, 500]);
    expect(made.one.state).toBe("closed");
    await calls(made, [500]);
    expect(made.one.state).toBe("open");
  });

  test("are failed probes", async () => {
    const made = breaker({ trip: { failures: 1 }, slowCallMs: 100 });
    report(made.one, "F");
    await made.clock.advance(1000);
    await calls(made, [101]);
    expect(made.one.state).toBe("open");
    await made.clock.advance(2000);
    await calls(made, [100]);
    expect(made.one.state).toBe("closed");
  });
});

test("an isolated breaker refuses everything until it is reset", async () => {
  const { clock, one } = breaker({});
  const early = one.admit();
  one.isolate();
  await clock.advance(1e9);
  expect([one.state, one.retryAfterMs]).toEqual(["isolated", Number.POSITIVE_INFINITY]);
  expect(() => one.admit()).toThrow("[circuit-open] isolated");
  early.failure();
  one.reset();
  expect(one.admit().isProbe).toBe(false);
});

test("refused calls are told", () => {
  const { one } = breaker({ trip: { failures: 1 } });
  const events: unknown[] = [];
  one.onEvent((event) => events.push(event));
  report(one, "F");
  expect(() => one.admit()).toThrow("[circuit-open]");
  expect(events).toEqual([
    { type: "transition", from: "closed", to: "open", resetAfterMs: 1000 },
    { type: "refused", retryAfterMs: 1000 },
  ]);
});

test("wrong windows are refused by name and value", () => {
  const make = (trip: object) => (): unknown => new CircuitBreaker({ trip: trip as BreakerTrip });
  expect(make({ calls: 0 })).toThrow("calls must be a whole number from 1");
  const none = new TypeError("trip must have failures, calls or durationMs");
  expect(make({})).toThrow(none);
  expect(make({ failure: 5 })).toThrow(none);
  expect(make({ durationMs: 0 })).toThrow("durationMs must be a number from 1 to Infinity, got 0");
  expect(make({ calls: 5, failureRate: 1.5 })).toThrow(
    new RangeError("failureRate must be a number from 0 to 1, got 1.5"),
  );
  expect(make({ calls: 5, slowRate: "1" })).toThrow(TypeError);
  expect(make({ calls: 5, minimumCalls: 0 })).toThrow("minimumCalls must be a whole number");
  expect(() => new CircuitBreaker({ slowCallMs: -1 })).toThrow("slowCallMs must be a number");
  expect(() => new CircuitBreaker({ isFailure: unchecked(1) })).toThrow("isFailure");
});
