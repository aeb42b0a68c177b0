import { describe, expect, test } from "vitest";

import { AsyncQueue, CoreError } from "../src/index.ts";

async function collect<T>(queue: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

describe("AsyncQueue", () => {
  test("gives the consumer everything that was queued before the end", async () => {
    const queue = new AsyncQueue<number>({ capacity: 10 });
    for (const item of [1, 2, 3]) expect(await queue.push(item)).toBe(true);
    queue.close();
    expect(await queue.push(4)).toBe(false);
    expect(await collect(queue)).toEqual([1, 2, 3]);
  });

  test("throws its failure after everything that was queued before, once", async () => {
    const queue = new AsyncQueue<number>({ capacity: 10 });
    queue.tryPush(1);
    queue.fail(new Error("first"));
    queue.fail(new Error("second"));
    const seen: number[] = [];
    const reading = (async () => {
      for await (const item of queue) seen.push(item);
    })();
    await expect(reading).rejects.toThrow("first");
    expect(seen).toEqual([1]);
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  test("lets a producer wait for room instead of growing", async () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });
    let produced = 0;
    const producing = (async () => {
      for (; produced < 100; produced++) await queue.push(produced);
      queue.close();
    })();
    await Promise.resolve();
    expect(queue.size).toBe(2);
    expect(await collect(queue)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    await producing;
  });

  test("gives freed room to the push that waits, not to one that comes by", async () => {
    const queue = new AsyncQueue<string>({ capacity: 1 });
    queue.tryPush("held");
    const waiting = queue.push("waiting");
    expect((await queue.next()).value).toBe("held");
    expect(queue.tryPush("passing by")).toBe(false);
    expect(await waiting).toBe(true);
    expect((await queue.next()).value).toBe("waiting");
  });

  test("answers pushes that wait with false when it ends", async () => {
    const queue = new AsyncQueue<number>({ capacity: 1 });
    queue.tryPush(1);
    const waiting = [queue.push(2), queue.push(3)];
    queue.close();
    expect(await Promise.all(waiting)).toEqual([false, false]);
  });

  test("throws overflow under the policy error", async () => {
    const queue = new AsyncQueue<number>({ capacity: 1, overflow: "error" });
    queue.tryPush(1);
    expect(() => queue.tryPush(2)).toThrow(CoreError);
    await expect(queue.push(2)).rejects.toMatchObject({
      kind: "overflow",
      retryable: true,
      message: "[overflow] the queue is full at 1 items",
    });
  });

  test("counts what its policy drops", async () => {
    const oldest = new AsyncQueue<number>({ capacity: 2, overflow: "drop-oldest" });
    const newest = new AsyncQueue<number>({ capacity: 2, overflow: "drop-newest" });
    const taken = [1, 2, 3].map((item) => [oldest.tryPush(item), newest.tryPush(item)]);
    expect(taken).toEqual([
      [true, true],
      [true, true],
      [true, false],
    ]);
    oldest.close();
    newest.close();
    expect([await collect(oldest), await collect(newest)]).toEqual([
      [2, 3],
      [1, 2],
    ]);
    expect([oldest.dropped, newest.dropped]).toEqual([1, 1]);
  });

  test("tells its owner once when the consumer stops early, and keeps nothing", async () => {
    let returns = 0;
    const queue = new AsyncQueue<number>({ capacity: 2, onReturn: () => returns++ });
    queue.tryPush(1);
    queue.tryPush(2);
    const waiting = queue.push(3);
    for await (const item of queue) if (item === 1) break;
    expect([returns, queue.size, await waiting, queue.tryPush(4)]).toEqual([1, 0, true, false]);
  });

  test("does not call a full read early", async () => {
    let returns = 0;
    const queue = new AsyncQueue<number>({ capacity: 2, onReturn: () => returns++ });
    queue.tryPush(1);
    queue.close();
    const iterator = queue[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    await iterator.return?.();
    await iterator.return?.();
    expect(returns).toBe(0);
  });

  test("refuses a second consumer and a capacity below 1", () => {
    const queue = new AsyncQueue<number>({ capacity: 1 });
    queue[Symbol.asyncIterator]();
    expect(() => queue[Symbol.asyncIterator]()).toThrow("the queue is being iterated already");
    expect(() => new AsyncQueue({ capacity: 0 })).toThrow("capacity must be a whole number");
    expect(() => new AsyncQueue({ capacity: 1.5 })).toThrow(RangeError);
  });

  test("keeps its order over many times its capacity", () => {
    const queue = new AsyncQueue<number>({ capacity: 1000 });
    for (let i = 0; i < 500; i++) queue.tryPush(i);
    let next = 500;
    const taken: Promise<IteratorResult<number, undefined>>[] = [];
    for (; next < 5000; next++) {
      taken.push(queue.next());
      queue.tryPush(next);
    }
    expect(queue.size).toBe(500);
    return expect(Promise.all(taken)).resolves.toEqual(
      Array.from({ length: 4500 }, (_, i) => ({ done: false, value: i })),
    );
  });
});
