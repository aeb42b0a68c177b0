import { deferred, type Deferred } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { Bulkhead, type BulkheadConfig, type QueueEvent } from "../src/index.ts";
import { bench, hang, outcome } from "./helpers.ts";

/** Calls by name that end when the test says so. */
function work(): {
  readonly started: string[];
  readonly ends: Map<string, Deferred<string>>;
  fn(name: string): () => Promise<string>;
} {
  const started: string[] = [];
  const ends = new Map<string, Deferred<string>>();
  return {
    started,
    ends,
    fn: (name) => () => {
      started.push(name);
      const end = deferred<string>();
      ends.set(name, end);
      return end.promise;
    },
  };
}

describe("Bulkhead", () => {
  test("runs so many at once and refuses more, saying how full it is", async () => {
    const { started, ends, fn } = work();
    const bulkhead = new Bulkhead({ maxConcurrent: 2 });
    const results = [bulkhead.execute(fn("a")), bulkhead.execute(fn("b"))];
    expect(await outcome(bulkhead.execute(fn("c")))).toMatchObject({
      kind: "bulkhead-full",
      retryable: true,
      message: "[bulkhead-full] 2 calls run, 0 wait",
    });
    expect([started, bulkhead.running, bulkhead.queued]).toEqual([["a", "b"], 2, 0]);
    ends.get("a")?.resolve("done");
    expect(await results[0]).toBe("done");
    expect(bulkhead.running).toBe(1);
    void bulkhead.execute(fn("d"));
    expect(started).toEqual(["a", "b", "d"]);
  });

  test("serves those who wait in the order they came", async () => {
    const { clock, signal, expectClean } = bench();
    const { started, ends, fn } = work();
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueue: 2, clock });
    const results = ["a", "b", "c"].map((name) => bulkhead.execute(fn(name), { signal }));
    expect(await outcome(bulkhead.execute(fn("d"), { signal }))).toMatchObject({
      message: "[bulkhead-full] 1 calls run, 2 wait",
    });
    for (const name of ["a", "b", "c"]) {
      expect(started.at(-1)).toBe(name);
      ends.get(name)?.resolve(name);
      await clock.advance(0);
    }
    expect(await Promise.all(results)).toEqual(["a", "b", "c"]);
    expect([bulkhead.running, bulkhead.queued]).toEqual([0, 0]);
    expectClean();
  });

  test("hands a slot over in the same moment: nobody takes it from one that waits", async () => {
    const { ends, fn } = work();
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueue: 1 });
    const first = bulkhead.execute(fn("first"));
    const waiting = bulkhead.execute(fn("waiting"));
    // The newcomer asks in every microtask around the hand-over.
    ends.get("first")?.resolve("done");
    const newcomers: Promise<unknown>[] = [];
    for (let i = 0; i < 10; i++) {
      newcomers.push(outcome(bulkhead.execute(fn(`newcomer ${i}`))));
      await Promise.resolve();
    }
    expect(await first).toBe("done");
    ends.get("waiting")?.resolve("its turn");
    expect(await waiting).toBe("its turn");
    expect(bulkhead.running).toBeLessThanOrEqual(1);
    for (const newcomer of newcomers.slice(0, 1)) {
      expect(await newcomer).toMatchObject({ kind: "bulkhead-full" });
    }
  });

  test("lets a call out of the line in the moment its caller gives up", async () => {
    const { clock, controller, signal, expectClean } = bench();
    const { started, ends, fn } = work();
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueue: 1, clock });
    void bulkhead.execute(fn("first"));
    const given = outcome(bulkhead.execute(fn("given up"), { signal }));
    expect(bulkhead.queued).toBe(1);
    controller.abort("enough");
    expect(bulkhead.queued).toBe(0);
    const next = bulkhead.execute(fn("next"));
    expect(await given).toBe("enough");
    ends.get("first")?.resolve("");
    await clock.advance(0);
    ends.get("next")?.resolve("ok");
    expect(await next).toBe("ok");
    expect(started).toEqual(["first", "next"]);
    expectClean();
  });

  test("has begun the next call before anybody hears of the end of the one before", async () => {
    const { started, ends, fn } = work();
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueue: 1 });
    const seen = bulkhead.execute(fn("first")).then(() => [...started]);
    const next = bulkhead.execute(fn("next"));
    ends.get("first")?.resolve("");
    expect(await seen).toEqual(["first", "next"]);
    ends.get("next")?.resolve("ok");
    expect(await next).toBe("ok");
    expect(bulkhead.running).toBe(0);
  });

  test("keeps nobody waiting for longer than allowed", async () => {
    const { clock, signal, expectClean } = bench();
    const { started, ends, fn } = work();
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueue: 5, maxWaitMs: 100, clock });
    const events: QueueEvent[] = [];
    bulkhead.onEvent((event) => events.push(event));
    void bulkhead.execute(fn("first"));
    const late = outcome(bulkhead.execute(fn("late"), { signal }));
    await clock.advance(50);
    const lucky = bulkhead.execute(fn("lucky"), { signal });
    await clock.advance(50);
    expect(await late).toMatchObject({ kind: "bulkhead-full" });
    ends.get("first")?.resolve("");
    await clock.advance(0);
    ends.get("lucky")?.resolve("ok");
    expect(await lucky).toBe("ok");
    expect(started).toEqual(["first", "lucky"]);
    expect(events).toEqual([
      { type: "queued", queued: 1 },
      { type: "queued", queued: 2 },
      { type: "refused", queued: 1 },
    ]);
    expectClean();
  });

  test("counts work that ignores its signal for as long as it runs", async () => {
    const { controller, signal } = bench();
    const { ends, fn } = work();
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    const result = outcome(bulkhead.execute(fn("stubborn"), { signal }));
    controller.abort("enough");
    expect(await result).toBe("enough");
    expect(bulkhead.running).toBe(1);
    expect(await outcome(bulkhead.execute(hang))).toMatchObject({ kind: "bulkhead-full" });
    ends.get("stubborn")?.reject(new Error("nobody hears this"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(bulkhead.running).toBe(0);
  });

  test("gives the slot back after a failure and a synchronous throw", async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    expect(await outcome(bulkhead.execute(() => Promise.reject("one")))).toBe("one");
    const thrown = bulkhead.execute(() => {
      throw new Error("two");
    });
    expect(await outcome(thrown)).toMatchObject({ message: "two" });
    expect(await bulkhead.execute(() => "three")).toBe("three");
  });

  test("does not take a slot for a call whose caller has given up before", async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    const result = bulkhead.execute(hang, { signal: AbortSignal.abort("no") });
    expect(await outcome(result)).toBe("no");
    expect(bulkhead.running).toBe(0);
  });

  test("refuses wrong configurations by name and value", () => {
    const make = (config: BulkheadConfig) => (): unknown => new Bulkhead(config);
    expect(make({ maxConcurrent: 0 })).toThrow("maxConcurrent must be a whole number from 1");
    expect(make({ maxQueue: -1 })).toThrow("maxQueue must be a whole number from 0");
    expect(make({ maxWaitMs: Number.NaN })).toThrow(RangeError);
  });
});
