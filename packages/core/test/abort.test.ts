import { getEventListeners } from "node:events";

import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { deadlineSignal, deferred, linkSignals, onAbort, raceSignal } from "../src/index.ts";

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

describe("linkSignals", () => {
  test("aborts with the reason of whichever source aborts first", () => {
    const [a, b] = [new AbortController(), new AbortController()];
    const linked = linkSignals(a.signal, undefined, b.signal);
    expect(linked.signal.aborted).toBe(false);
    const reason = { why: "b" };
    b.abort(reason);
    a.abort("too late");
    expect(linked.signal.reason).toBe(reason);
  });

  test("is aborted from the start if a source is, and listens to none", () => {
    const open = new AbortController();
    const linked = linkSignals(open.signal, AbortSignal.abort("gone"));
    expect(linked.signal.reason).toBe("gone");
    expect(listeners(open.signal)).toBe(0);
  });

  test("leaves no listener on any source after an abort", () => {
    const [a, b] = [new AbortController(), new AbortController()];
    linkSignals(a.signal, b.signal);
    a.abort();
    expect([listeners(a.signal), listeners(b.signal)]).toEqual([0, 0]);
  });

  test("leaves no listener on a long-lived source once disposed", () => {
    const source = new AbortController();
    for (let i = 0; i < 1000; i++) linkSignals(source.signal, source.signal)[Symbol.dispose]();
    expect(listeners(source.signal)).toBe(0);
    const linked = linkSignals(source.signal);
    linked[Symbol.dispose]();
    source.abort();
    expect(linked.signal.aborted).toBe(false);
  });

  test("can be aborted by its owner, once", () => {
    const source = new AbortController();
    const linked = linkSignals(source.signal);
    linked.abort("mine");
    linked.abort("again");
    source.abort("theirs");
    expect(linked.signal.reason).toBe("mine");
    expect(listeners(source.signal)).toBe(0);
  });
});

describe("onAbort", () => {
  test("calls at once for a signal that aborted, and never without a signal", () => {
    const reasons: unknown[] = [];
    onAbort(AbortSignal.abort("past"), (reason) => reasons.push(reason))[Symbol.dispose]();
    onAbort(undefined, (reason) => reasons.push(reason))[Symbol.dispose]();
    expect(reasons).toEqual(["past"]);
  });

  test("calls once, unless disposed before", () => {
    const reasons: unknown[] = [];
    const kept = new AbortController();
    onAbort(kept.signal, (reason) => reasons.push(reason));
    kept.abort("kept");
    const dropped = new AbortController();
    onAbort(dropped.signal, (reason) => reasons.push(reason))[Symbol.dispose]();
    expect(listeners(dropped.signal)).toBe(0);
    dropped.abort("dropped");
    expect(reasons).toEqual(["kept"]);
  });
});

describe("raceSignal", () => {
  test("settles like the work and lets go of the signal", async () => {
    const { signal } = new AbortController();
    expect(await raceSignal(Promise.resolve(1), signal)).toBe(1);
    await expect(raceSignal(Promise.reject(new Error("work")), signal)).rejects.toThrow("work");
    expect(await raceSignal(Promise.resolve(2), undefined)).toBe(2);
    expect(listeners(signal)).toBe(0);
  });

  test("rejects with the signal's own reason as soon as that aborts", async () => {
    const controller = new AbortController();
    const work = deferred<number>();
    const raced = raceSignal(work.promise, controller.signal);
    controller.abort("enough");
    await expect(raced).rejects.toBe("enough");
    work.reject(new Error("nobody listens any more"));
    await expect(raceSignal(work.promise, controller.signal)).rejects.toBe("enough");
  });
});

describe("deadlineSignal", () => {
  test("aborts with a reason made at the deadline", async () => {
    const clock = new ManualClock();
    const deadline = deadlineSignal(clock, 100, () => `at ${clock.now()}`);
    await clock.advance(99);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal.reason).toBe("at 100");
  });

  test("leaves no timer once disposed or aborted", async () => {
    const clock = new ManualClock();
    const disposed = deadlineSignal(clock, 100, () => "late");
    const aborted = deadlineSignal(clock, 100, () => "late");
    disposed[Symbol.dispose]();
    aborted.abort("early");
    expect(clock.pending).toBe(0);
    await clock.advance(200);
    expect([disposed.signal.aborted, aborted.signal.reason]).toEqual([false, "early"]);
  });
});
