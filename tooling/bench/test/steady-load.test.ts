import { expect, test } from "vitest";

import { STEADY, steadyLoad, steadyLoads } from "../src/suites/failover/steady-load.ts";

test("callers go on when a call fails, and failed calls count among all", async () => {
  const numbers: number[] = [];
  const load = steadyLoad((number) => {
    numbers.push(number);
    return number % 3 === 0 ? Promise.reject(new Error("lost")) : Promise.resolve("one");
  });
  const { count, failed, latency } = await load(30);
  expect(count).toBe(numbers.length);
  expect(failed).toBe(numbers.filter((number) => number % 3 === 0).length);
  expect(failed).toBeGreaterThan(0);
  expect(latency?.worstMs).toBeGreaterThanOrEqual(latency?.p99Ms ?? Number.NaN);
});

test("there is a load once both providers have answered, however many calls fail before", async () => {
  const answers = ["one", "one", new Error("not there yet"), "two"];
  let calls = 0;
  const loads = await steadyLoads(() => {
    const answer = answers[calls++];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? "");
  });
  expect(calls).toBe(answers.length);
  expect(Object.keys(loads)).toEqual([STEADY]);
});
