import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { CircuitBreaker, type BreakerSnapshot, type CircuitBreakerConfig } from "../src/index.ts";
import { always, unchecked } from "./helpers.ts";

const NOON = 1_800_000_000_000;

/** A breaker in a process that started at some wall time: its own clock begins anywhere. */
function inProcess(
  startedAt: number,
  config: CircuitBreakerConfig = {},
): { readonly clock: ManualClock; readonly one: CircuitBreaker } {
  const clock = new ManualClock({ startMs: startedAt % 7919, wallStartMs: startedAt });
  return { clock, one: new CircuitBreaker({ clock, random: always(0.5), ...config }) };
}

/** What a file or a database makes of it. */
const stored = (one: CircuitBreaker): BreakerSnapshot =>
  JSON.parse(JSON.stringify(one.snapshot())) as BreakerSnapshot;

function fail(one: CircuitBreaker, times: number): void {
  for (let i = 0; i < times; i++) one.admit().failure();
}

describe("a restored breaker", () => {
  test("stays open for what is left of the original time", async () => {
    const old = inProcess(NOON, { trip: { failures: 1 } });
    fail(old.one, 1);
    await old.clock.advance(300);
    const snapshot = stored(old.one);
    expect(snapshot).toMatchObject({ state: "open", takenAt: NOON + 300, remainingMs: 700 });
    for (const [laterMs, leftMs] of [
      [0, 700],
      [400, 300],
      [5000, 0],
    ] as const) {
      const { one } = inProcess(NOON + 300 + laterMs);
      one.restore(snapshot);
      expect([one.state, one.retryAfterMs]).toEqual(["open", leftMs]);
    }
  });

  test("goes on doubling where the other had stopped", async () => {
    const old = inProcess(NOON, { trip: { failures: 1 } });
    fail(old.one, 1);
    await old.clock.advance(1000);
    fail(old.one, 1);
    expect(old.one.retryAfterMs).toBe(2000);
    const { clock, one } = inProcess(NOON + 10_000);
    one.restore(stored(old.one));
    one.admit().failure();
    expect(one.retryAfterMs).toBe(4000);
    await clock.advance(4000);
    expect(one.admit().isProbe).toBe(true);
  });

  test("makes a probe of its next call if the old process died with one", async () => {
    const old = inProcess(NOON, { trip: { failures: 1 } });
    fail(old.one, 1);
    await old.clock.advance(1000);
    old.one.admit();
    expect(old.one.state).toBe("half-open");
    const { one } = inProcess(NOON + 1001);
    one.restore(stored(old.one));
    expect([one.state, one.retryAfterMs]).toEqual(["open", 0]);
    expect(one.admit().isProbe).toBe(true);
  });

  test("remembers failures in a row and calls of its window, as old as they are", () => {
    for (const trip of [
      { failures: 4 },
      { calls: 4 },
      { durationMs: 10_000, minimumCalls: 4 },
    ] as const) {
      const old = inProcess(NOON, { trip });
      fail(old.one, 3);
      const snapshot = stored(old.one);
      const soon = inProcess(NOON + 5000, { trip }).one;
      soon.restore(snapshot);
      fail(soon, 1);
      expect(soon.state).toBe("open");
      const late = inProcess(NOON + 20_000, { trip }).one;
      late.restore(snapshot);
      fail(late, 1);
      expect([trip, late.state]).toEqual([trip, "durationMs" in trip ? "closed" : "open"]);
    }
  });

  test("stays isolated", () => {
    const old = inProcess(NOON);
    old.one.isolate();
    const { one } = inProcess(NOON + 1e9);
    one.restore(stored(old.one));
    expect([one.state, one.retryAfterMs]).toEqual(["isolated", Number.POSITIVE_INFINITY]);
  });

  test("is not confused by a wall clock that was set back", () => {
    const old = inProcess(NOON, { trip: { failures: 1 } });
    fail(old.one, 1);
    const { one } = inProcess(NOON - 3_600_000);
    one.restore(stored(old.one));
    expect(one.retryAfterMs).toBe(1000);
  });

  test("ignores what calls from before the restoration report, and tells of its change", () => {
    const old = inProcess(NOON, { trip: { failures: 1 } });
    fail(old.one, 1);
    const { one } = inProcess(NOON, { trip: { failures: 1 } });
    const events: unknown[] = [];
    one.onEvent((event) => events.push(event));
    const early = one.admit();
    one.restore(old.one.snapshot());
    early.success();
    expect(one.state).toBe("open");
    expect(events).toEqual([
      { type: "transition", from: "closed", to: "open", resetAfterMs: 1000 },
    ]);
  });
});

test("what is no snapshot is refused, and changes nothing", () => {
  const { one } = inProcess(NOON, { trip: { failures: 1 } });
  const good = one.snapshot();
  for (const bad of [
    { ...good, state: "half-open" },
    { ...good, takenAt: undefined },
    { ...good, remainingMs: -1 },
    { ...good, openMs: "1" },
    { ...good, openings: Number.NaN },
    { ...good, window: [{ slot: -1, calls: 1, failures: 0, slow: 0 }] },
    { ...good, window: undefined },
  ]) {
    expect(() => one.restore(unchecked(bad))).toThrow(/snapshot|state|undefined/);
    expect([one.state, one.snapshot()]).toEqual(["closed", good]);
  }
  expect(() => one.restore(unchecked({ ...good, state: "ajar" }))).toThrow(
    new TypeError("state must be closed,open,isolated, got ajar"),
  );
});
