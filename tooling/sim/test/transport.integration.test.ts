import { defaultProvider, nobleProvider, nodeProvider } from "@selvage/identity";
import { expect, test } from "vitest";

import { transport } from "../src/transport/transport.ts";

const crypto = defaultProvider();

test.each([1, 2, 3, 4])("seed %i is eventful, and nothing goes wrong", async (seed) => {
  const { violations, virtualMs, faults, steps, metrics } = await transport.run({ seed, crypto });
  expect(violations).toEqual([]);
  expect(virtualMs).toBeGreaterThanOrEqual(30_000);
  expect(faults).toBeGreaterThanOrEqual(2);
  expect(steps).toBeGreaterThan(3_000);
  const count = (name: string): number => metrics.counters.get(name) ?? 0;
  expect(count("streams")).toBeGreaterThan(20);
  expect(count("messages")).toBeGreaterThan(100);
  expect(count("bytes")).toBeGreaterThan(100_000);
  expect(count("replays")).toBeGreaterThan(20);
  expect(metrics.samples.get("reconnectMs")?.length).toBeGreaterThanOrEqual(2);
});

test("the trace is a function of the seed, whatever does the crypto", async () => {
  const hashes = new Set<string>();
  for (const provider of [crypto, nodeProvider(), nobleProvider()]) {
    hashes.add((await transport.run({ seed: 5, crypto: provider })).traceHash);
  }
  expect(hashes.size).toBe(1);
  expect((await transport.run({ seed: 6, crypto })).traceHash).not.toBe([...hashes][0]);
});

test("the trace tells who opens which stream, and what nodes hear of each other", async () => {
  const { traceTail } = await transport.run({ seed: 3, crypto, traceLines: 1_000_000 });
  const notes = traceTail.filter((line) => line.includes(" note: ")).join("\n");
  expect(notes).toMatch(/note: [a-z]+ opens stream 1 \([a-z-]+\) to [a-z]+$/m);
  expect(notes).toMatch(/note: ada hears that [a-z]+ is connected$/m);
  expect(notes).toMatch(/note: everything is healed$/m);
});
