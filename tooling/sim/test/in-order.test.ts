import { type Deferred, deferred } from "@selvage/core";
import { expect, test } from "vitest";

import { inOrder } from "../src/in-order.ts";

/** Tasks that end when they are told to, and which of them have begun. */
function tasks(count: number): {
  readonly tasks: readonly (() => Promise<number>)[];
  /** Ends a task with its result. */
  end(task: number, result: number): Promise<number>;
  fail(task: number): void;
  readonly begun: number[];
} {
  const ends = Array.from({ length: count }, () => deferred<number>());
  const begun: number[] = [];
  const endOf = (task: number): Deferred<number> => ends[task] ?? deferred();
  return {
    begun,
    end: (task, result) => {
      endOf(task).resolve(result);
      return endOf(task).promise;
    },
    fail: (task) => endOf(task).reject(new Error("no luck")),
    tasks: ends.map(({ promise }, i) => () => {
      begun.push(i);
      return promise;
    }),
  };
}

test("results come in the order of the tasks, whichever ends first", async () => {
  const { tasks: two, end } = tasks(2);
  const results = inOrder(two, 2);
  const first = results.next();
  void end(1, 11);
  void end(0, 10);
  expect(await first).toEqual({ value: 10, done: false });
  expect(await results.next()).toEqual({ value: 11, done: false });
  expect(await results.next()).toEqual({ value: undefined, done: true });
});

test("no more than the limit are under way, and whoever is free takes the next", async () => {
  const { tasks: four, end, begun } = tasks(4);
  const results = inOrder(four, 2);
  const first = results.next();
  expect(begun).toEqual([0, 1]);
  await end(1, 11);
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  void end(0, 10);
  await first;
  expect(begun).toEqual([0, 1, 2, 3]);
});

test("a task that fails fails the whole, and nothing more is begun", async () => {
  const { tasks: three, fail, begun } = tasks(3);
  const results = inOrder(three, 1);
  const first = results.next();
  fail(0);
  await expect(first).rejects.toThrow("no luck");
  expect(begun).toEqual([0]);
});
