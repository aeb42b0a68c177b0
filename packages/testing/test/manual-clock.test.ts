import { describe, expect, test } from "vitest";

import { ManualClock, SimulationError } from "../src/index.ts";

describe("ManualClock", () => {
  test("runs due timers in time order, equal ones as created", async () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    const note = (text: string) => () => void seen.push(`${text}@${clock.now()}`);
    clock.setTimeout(note("late"), 30);
    clock.setTimeout(note("first"), 10);
    clock.setTimeout(note("second"), 10);
    await clock.advance(29);
    expect(seen).toEqual(["first@10", "second@10"]);
    expect(clock.now()).toBe(29);
    await clock.advance(1);
    expect(seen).toEqual(["first@10", "second@10", "late@30"]);
  });

  test("lets promise chains finish between two timers", async () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    clock.setTimeout(() => {
      void (async () => {
        for (let i = 0; i < 50; i++) await Promise.resolve();
        seen.push("chain");
      })();
    }, 10);
    clock.setTimeout(() => seen.push("timer"), 10);
    await clock.advance(10);
    expect(seen).toEqual(["chain", "timer"]);
  });

  test("runs timers that timers set, at their own times", async () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    const tick = (): void => {
      seen.push(clock.now());
      if (seen.length < 3) clock.setTimeout(tick, 7);
    };
    clock.setTimeout(tick, 7);
    await clock.advance(100);
    expect(seen).toEqual([7, 14, 21]);
    expect(clock.now()).toBe(100);
  });

  test("runs end-of-turn callbacks after the turn's microtasks", async () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    clock.setTimeout(() => {
      clock.endOfTurn(() => {
        seen.push("end of turn");
        clock.endOfTurn(() => seen.push("end of the next"));
        void Promise.resolve().then(() => seen.push("microtask of the end"));
      });
      void Promise.resolve().then(() => seen.push("microtask"));
      seen.push("timer");
    }, 5);
    await clock.advance(5);
    expect(seen).toEqual([
      "timer",
      "microtask",
      "end of turn",
      "microtask of the end",
      "end of the next",
    ]);
  });

  test("forgets disposed timers and counts the pending ones", async () => {
    const clock = new ManualClock();
    let fired = 0;
    const timers = [1, 2, 3].map((ms) => clock.setTimeout(() => fired++, ms).unref());
    expect(clock.pending).toBe(3);
    timers[1]?.[Symbol.dispose]();
    timers[1]?.[Symbol.dispose]();
    expect(clock.pending).toBe(2);
    await clock.advance(10);
    expect([fired, clock.pending]).toEqual([2, 0]);
    timers[0]?.[Symbol.dispose]();
  });

  test("sleeps, and leaves no timer when a signal ends the sleep", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const slept = clock.sleep(10).then(() => clock.now());
    const cut = clock.sleep(50, { signal: controller.signal }).catch((error: unknown) => error);
    await clock.advance(20);
    expect(await slept).toBe(10);
    controller.abort("enough");
    expect(await cut).toBe("enough");
    expect(clock.pending).toBe(0);
  });

  test("stops at the moment a condition becomes true", async () => {
    const clock = new ManualClock({ startMs: 1000, wallStartMs: 5 });
    let done = false;
    clock.setTimeout(() => {
      done = true;
    }, 250);
    clock.setTimeout(() => {}, 400);
    await clock.runUntil(() => done);
    expect([clock.now(), clock.wallNow(), clock.pending]).toEqual([1250, 255, 1]);
  });

  test("says when a condition did not become true in time", async () => {
    const clock = new ManualClock();
    const failure = await clock.runUntil(() => false, { limitMs: 50 }).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(SimulationError);
    expect(failure).toMatchObject({ kind: "limit" });
    expect(clock.now()).toBe(50);
  });

  test("says when end-of-turn callbacks never end", async () => {
    const clock = new ManualClock();
    const again = (): void => clock.endOfTurn(again);
    again();
    await expect(clock.advance(0)).rejects.toMatchObject({ kind: "livelock" });
  });

  test("passes on what a timer throws, and goes on afterwards", async () => {
    const clock = new ManualClock();
    clock.setTimeout(() => {
      throw new Error("from a timer");
    }, 5);
    await expect(clock.advance(10)).rejects.toThrow("from a timer");
    await clock.advance(10);
    expect(clock.now()).toBe(15);
  });

  test("refuses delays that are not 0 or more, and overlapping advances", async () => {
    const clock = new ManualClock();
    expect(() => clock.setTimeout(() => {}, Number.NaN)).toThrow(RangeError);
    expect(() => clock.setTimeout(() => {}, -1)).toThrow("ms must be 0 or more, got -1");
    const first = clock.advance(1);
    await expect(clock.advance(1)).rejects.toThrow(TypeError);
    await first;
  });
});
