import { defaultProvider, nobleProvider, nodeProvider } from "@selvage/identity";
import { expect, test } from "vitest";

import { failover } from "../src/failover/failover.ts";

const crypto = defaultProvider();

test.each([1, 2, 3, 4])("seed %i is eventful, and nothing goes wrong", async (seed) => {
  const { violations, virtualMs, faults, steps, metrics } = await failover.run({ seed, crypto });
  expect(violations).toEqual([]);
  expect(virtualMs).toBeGreaterThanOrEqual(60_000);
  expect(faults).toBeGreaterThanOrEqual(5);
  expect(steps).toBeGreaterThan(10_000);
  const count = (name: string): number => metrics.counters.get(name) ?? 0;
  expect(count("calls")).toBeGreaterThan(200);
  expect(count("ok")).toBeGreaterThan(count("calls") / 2);
  expect(count("owed")).toBeGreaterThan(50);
});

test("the trace is a function of the seed, whatever does the crypto", async () => {
  const hashes = new Set<string>();
  for (const provider of [crypto, nodeProvider(), nobleProvider()]) {
    hashes.add((await failover.run({ seed: 5, crypto: provider })).traceHash);
  }
  expect(hashes.size).toBe(1);
  expect((await failover.run({ seed: 6, crypto })).traceHash).not.toBe([...hashes][0]);
});

test("the newest trace lines are kept when they are asked for, and change nothing", async () => {
  const silent = await failover.run({ seed: 5, crypto });
  const telling = await failover.run({ seed: 5, crypto, traceLines: 10 });
  expect(silent.traceTail).toEqual([]);
  expect(telling.traceTail).toHaveLength(10);
  expect(telling.traceHash).toBe(silent.traceHash);
});
