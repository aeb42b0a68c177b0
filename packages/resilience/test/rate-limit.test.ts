import type { Clock } from "@selvage/core";
import type { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { rateLimit, type QueueEvent, type RateLimitConfig } from "../src/index.ts";
import { bench, outcome } from "./helpers.ts";

/** When each of so many calls, made at once, was started. */
async function startTimes(
  clock: ManualClock,
  calls: number,
  config: Omit<RateLimitConfig, "clock">,
): Promise<(number | string)[]> {
  const limiter = rateLimit({ ...config, clock });
  const results = Array.from({ length: calls }, async () => {
    const result = await outcome(limiter.execute(() => clock.now()));
    return typeof result === "number" ? result : (result as { kind: string }).kind;
  });
  await clock.advance(100_000);
  return await Promise.all(results);
}

describe("rateLimit", () => {
  test("admits a burst and refuses what is above, saying when to come again", async () => {
    const { clock } = bench();
    const limiter = rateLimit({ limit: 3, clock });
    for (let i = 0; i < 3; i++) expect(await limiter.execute(() => i)).toBe(i);
    const events: QueueEvent[] = [];
    limiter.onEvent((event) => events.push(event));
    const error = await outcome(limiter.execute(() => 4));
    expect(error).toMatchObject({
      kind: "rate-limited",
      retryable: true,
      message: "[rate-limited] next try in 334 ms",
    });
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeCloseTo(1000 / 3);
    expect(events).toEqual([{ type: "refused", queued: 0 }]);
    await clock.advance(334);
    expect(await limiter.execute(() => 5)).toBe(5);
  });

  test("spaces those that wait evenly, first come first served", async () => {
    const { clock, expectClean } = bench();
    const times = await startTimes(clock, 6, { limit: 2, perMs: 100, maxQueue: 10 });
    expect(times).toEqual([0, 0, 50, 100, 150, 200]);
    expectClean();
  });

  test("without a burst spaces all calls", async () => {
    const { clock } = bench();
    const times = await startTimes(clock, 4, { limit: 10, burst: 1, maxQueue: 10 });
    expect(times).toEqual([0, 100, 200, 300]);
  });

  test("refuses more than may wait, and at once what would wait too long", async () => {
    const { clock } = bench();
    const full = await startTimes(clock, 4, { limit: 1, maxQueue: 2 });
    expect(full).toEqual([0, 1000, 2000, "rate-limited"]);
    const second = bench();
    const limiter = rateLimit({ limit: 1, maxQueue: 9, maxWaitMs: 1500, clock: second.clock });
    await limiter.execute(() => 1);
    const waiting = limiter.execute(() => 2);
    const refused = outcome(limiter.execute(() => 3));
    // Time stands still.
    expect(await refused).toMatchObject({ kind: "rate-limited", retryAfterMs: 2000 });
    await second.clock.advance(1000);
    expect(await waiting).toBe(2);
    second.expectClean();
  });

  test("lets a call wait exactly as long as it may", async () => {
    const { clock, expectClean } = bench();
    expect(await startTimes(clock, 2, { limit: 1, maxQueue: 1, maxWaitMs: 1000 })).toEqual([
      0, 1000,
    ]);
    expectClean();
  });

  test("does not save up more than a burst, however long nobody calls", async () => {
    const { clock } = bench();
    const limiter = rateLimit({ limit: 10, burst: 2, clock });
    await clock.advance(1e6);
    expect([limiter.take(), limiter.take(), limiter.take()]).toEqual([0, 0, 100]);
  });

  test("moves the others up when one that waits gives up, and stops its timer", async () => {
    const { clock, controller, signal, expectClean } = bench();
    const limiter = rateLimit({ limit: 1, perMs: 100, maxQueue: 5, clock });
    const start = (): number => clock.now();
    await limiter.execute(start);
    const given = outcome(limiter.execute(start, { signal }));
    const next = limiter.execute(start);
    await clock.advance(10);
    controller.abort("enough");
    expect([await given, limiter.queued]).toEqual(["enough", 1]);
    await clock.advance(90);
    expect(await next).toBe(100);
    const last = outcome(limiter.execute(start, { signal: AbortSignal.abort("no") }));
    expect(await last).toBe("no");
    expectClean();
  });

  test("answers servers without waiting, and takes nothing for a refusal", async () => {
    const { clock } = bench();
    const limiter = rateLimit({ limit: 2, perMs: 100, clock });
    expect([limiter.take(), limiter.take(), limiter.take(), limiter.take()]).toEqual([
      0, 0, 50, 50,
    ]);
    await clock.advance(50);
    expect([limiter.take(), limiter.take()]).toEqual([0, 50]);
  });

  test("counts heavy calls as several, none of which is overtaken by light ones", async () => {
    const { clock } = bench();
    const limiter = rateLimit({ limit: 4, perMs: 100, maxQueue: 5, clock });
    const at = (count: number): Promise<number> => limiter.execute(() => clock.now(), { count });
    const times = [at(3), at(3), at(1)];
    expect(limiter.take()).toBe(100);
    await clock.advance(1000);
    expect(await Promise.all(times)).toEqual([0, 50, 75]);
    expect(() => limiter.take(5)).toThrow(
      new RangeError("count must be a whole number from 1 to 4, got 5"),
    );
  });

  test("lets nobody overtake one whose time has come, even if its timer is late", async () => {
    const { clock } = bench();
    let lagMs = 0;
    const late: Clock = {
      now: () => clock.now() + lagMs,
      wallNow: () => clock.wallNow(),
      setTimeout: (fn, ms) => clock.setTimeout(fn, ms),
      sleep: (ms, options) => clock.sleep(ms, options),
      endOfTurn: (fn) => clock.endOfTurn(fn),
    };
    const limiter = rateLimit({ limit: 2, perMs: 200, maxQueue: 5, clock: late });
    const started: string[] = [];
    const call = (name: string): Promise<unknown> => limiter.execute(() => started.push(name));
    await Promise.all([call("first"), call("second")]);
    const results = [call("waiting")];
    lagMs = 500; // the process was busy
    results.push(call("newcomer"));
    await clock.advance(1000);
    await Promise.all(results);
    expect(started).toEqual(["first", "second", "waiting", "newcomer"]);
  });

  test("refuses wrong configurations by name and value", () => {
    const make = (config: object) => (): unknown => rateLimit(config as RateLimitConfig);
    expect(make({})).toThrow(
      new TypeError("limit must be a whole number from 1 to 9007199254740991, got undefined"),
    );
    expect(make({ limit: 1.5 })).toThrow(RangeError);
    expect(make({ limit: 1, perMs: 0 })).toThrow(
      "perMs must be a number from 1 to Infinity, got 0",
    );
    expect(make({ limit: 1, burst: 0 })).toThrow("burst must be a whole number from 1");
    expect(make({ limit: 1, maxQueue: -1 })).toThrow("maxQueue must be a whole number from 0");
  });

  test("leaves no timer behind when a call that is let go makes another one", async () => {
    const { clock, controller, signal, expectClean } = bench();
    const limiter = rateLimit({ limit: 1, perMs: 100, maxQueue: 10, clock });
    const wait = (): Promise<unknown> => outcome(limiter.execute(() => 0, { signal }));
    await limiter.execute(() => 0);
    const within = limiter.execute(wait);
    const behind = wait();
    await clock.advance(100);
    expect([limiter.queued, clock.pending]).toEqual([2, 1]);
    controller.abort("enough");
    expect(await Promise.all([within, behind])).toEqual(["enough", "enough"]);
    expectClean();
  });

  test("lets nobody wait whose signal aborts while others are let go", async () => {
    const { clock, controller, signal, expectClean } = bench();
    let lateMs = 0;
    const late: Clock = {
      now: () => clock.now() + lateMs,
      wallNow: () => clock.wallNow(),
      setTimeout: (fn, ms) => clock.setTimeout(fn, ms),
      sleep: (ms, options) => clock.sleep(ms, options),
      endOfTurn: (fn) => clock.endOfTurn(fn),
    };
    const limiter = rateLimit({ limit: 1, perMs: 100, maxQueue: 10, clock: late });
    await limiter.execute(() => 0);
    const first = limiter.execute(() => controller.abort("enough"));
    // Its time has come, but the timer has not fired yet: who comes now lets it go.
    lateMs = 100;
    expect(await outcome(limiter.execute(() => 0, { signal }))).toBe("enough");
    await first;
    expect(limiter.queued).toBe(0);
    expectClean();
  });
});
