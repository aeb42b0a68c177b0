import { expect, test } from "vitest";

import { closedLoop } from "../src/processes/closed-loop.ts";

test("so many callers make each call once, none beside its own last one", async () => {
  const numbers: number[] = [];
  let underWay = 0;
  let most = 0;
  const load = closedLoop(async (number) => {
    numbers.push(number);
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
  }, 3);
  const { count } = await load(2);
  expect(most).toBe(3);
  expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i));
});

test("each caller makes a call, however little time there is", async () => {
  const load = closedLoop(() => Promise.resolve(), 3);
  expect((await load(0)).count).toBe(3);
});

test("a call that fails ends the load", async () => {
  const load = closedLoop(() => Promise.reject(new Error("no answer")), 1);
  await expect(load(10)).rejects.toThrow("no answer");
});
