import { defaultProvider, nobleProvider, nodeProvider } from "@selvage/identity";
import { expect, test } from "vitest";

import { nrpc } from "../src/nrpc/nrpc.ts";

const crypto = defaultProvider();

test.each([1, 2, 3])("seed %i is eventful, and nothing goes wrong", async (seed) => {
  const { violations, faults, steps, metrics } = await nrpc.run({ seed, crypto });
  expect(violations).toEqual([]);
  expect(faults).toBeGreaterThanOrEqual(3);
  expect(steps).toBeGreaterThan(3_000);
  const count = (name: string): number => metrics.counters.get(name) ?? 0;
  for (const shape of ["unary", "server-stream", "client-stream", "bidirectional"]) {
    expect(count(`calls.${shape}`)).toBeGreaterThan(5);
  }
  expect(count("ends.answer")).toBeGreaterThan(50);
  expect(count("ends.cancelled")).toBeGreaterThan(0);
  expect(count("errors.timeout")).toBeGreaterThan(0);
  expect(count("keyed")).toBeGreaterThan(10);
});

test("the trace is a function of the seed, whatever does the crypto", async () => {
  const hashes = new Set<string>();
  for (const provider of [crypto, nodeProvider(), nobleProvider()]) {
    hashes.add((await nrpc.run({ seed: 6, crypto: provider })).traceHash);
  }
  expect(hashes.size).toBe(1);
});
