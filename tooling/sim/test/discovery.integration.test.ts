import { defaultProvider, nobleProvider } from "@selvage/identity";
import { expect, test } from "vitest";

import { discovery } from "../src/discovery/discovery.ts";

const crypto = defaultProvider();

test.each([1, 2, 3])(
  "seed %i is eventful, and nothing goes wrong",
  async (seed) => {
    const { violations, virtualMs, faults, steps, metrics } = await discovery.run({ seed, crypto });
    expect(violations).toEqual([]);
    expect(virtualMs).toBeGreaterThanOrEqual(22_000);
    expect(faults).toBeGreaterThanOrEqual(3);
    expect(steps).toBeGreaterThan(30_000);
    const count = (name: string): number => metrics.counters.get(name) ?? 0;
    expect(count("lives")).toBeGreaterThan(20);
    expect(count("told")).toBeGreaterThan(60);
    expect(count("syncs")).toBeGreaterThan(20);
    expect(count("received.accepted")).toBeGreaterThan(500);
    expect(metrics.samples.get("convergenceMs")).toHaveLength(1);
    expect(metrics.samples.get("newsMs")).toHaveLength(2);
    expect(metrics.samples.get("goodbyeMs")).toHaveLength(1);
  },
  60_000,
);

test("the trace is a function of the seed, whatever does the crypto", async () => {
  const hashes = new Set<string>();
  for (const provider of [crypto, nobleProvider()]) {
    hashes.add((await discovery.run({ seed: 5, crypto: provider })).traceHash);
  }
  expect(hashes.size).toBe(1);
  expect((await discovery.run({ seed: 6, crypto })).traceHash).not.toBe([...hashes][0]);
}, 60_000);
