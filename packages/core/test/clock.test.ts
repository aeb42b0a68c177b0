import { getEventListeners } from "node:events";

import { ManualClock } from "@selvage/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { sleepOn, systemClock } from "../src/index.ts";

describe("systemClock", () => {
  // The clock wraps the globals in closures, so fakes installed after its creation apply.
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => void vi.useRealTimers());

  test("measures by the monotonic clock and shows the wall clock beside it", () => {
    const started = systemClock.now();
    vi.advanceTimersByTime(250);
    expect(systemClock.now() - started).toBe(250);
    expect(systemClock.wallNow()).toBe(1_000_250);
  });

  test("fires timers once and not after they were disposed", () => {
    let fired = 0;
    const timer = systemClock.setTimeout(() => fired++, 10).unref();
    systemClock.setTimeout(() => (fired += 100), 10)[Symbol.dispose]();
    vi.advanceTimersByTime(50);
    expect(fired).toBe(1);
    timer[Symbol.dispose]();
  });

  test("does not fire a far deadline at once", () => {
    let fired = 0;
    const timer = systemClock.setTimeout(() => fired++, 2 ** 40);
    vi.advanceTimersByTime(1_000_000);
    expect(fired).toBe(0);
    timer[Symbol.dispose]();
  });

  test("sleeps", async () => {
    const slept = systemClock.sleep(100);
    await vi.advanceTimersByTimeAsync(100);
    await expect(slept).resolves.toBeUndefined();
  });

  test("runs end-of-turn callbacks after the microtasks of the turn", async () => {
    const seen: string[] = [];
    systemClock.endOfTurn(() => seen.push("end"));
    await Promise.resolve().then(() => seen.push("microtask"));
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual(["microtask", "end"]);
  });
});

describe("sleepOn", () => {
  test("rejects with the signal's reason at once, leaving neither timer nor listener", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const slept = sleepOn(clock, 1000, { signal: controller.signal });
    controller.abort({ why: "enough" });
    await expect(slept).rejects.toEqual({ why: "enough" });
    expect(clock.pending).toBe(0);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test("takes no listener along when the sleep ends by itself", async () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    const slept = sleepOn(clock, 10, { signal });
    await clock.advance(10);
    await slept;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("sets no timer for a signal that aborted already", async () => {
    const clock = new ManualClock();
    await expect(sleepOn(clock, 10, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(clock.pending).toBe(0);
  });
});
