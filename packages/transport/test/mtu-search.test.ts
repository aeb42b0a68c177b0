import fc from "fast-check";
import { expect, test } from "vitest";

import { MtuSearch } from "../src/session/mtu-search.ts";

/** Searches on a path that takes `mtu` bytes until nothing more is probed; gives what was probed. */
function search(
  mtu: number,
  { base = 1_200, limit = 9_000 } = {},
): {
  readonly found: MtuSearch;
  readonly probes: readonly number[];
} {
  const found = new MtuSearch(base, limit);
  const probes: number[] = [];
  for (let bytes = found.nextProbe(0); bytes !== undefined; bytes = found.nextProbe(0)) {
    probes.push(bytes);
    if (bytes <= mtu) found.onProbeAcked(bytes);
    else found.onProbeLost(bytes);
  }
  return { found, probes };
}

test("the largest size is tried first, and taken when it arrives", () => {
  const { found, probes } = search(65_536);
  expect([found.sizeBytes, probes]).toEqual([9_000, [9_000]]);
});

test("nothing is larger than what was acknowledged, and what is found is close to what passes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_200, max: 20_000 }), (mtu) => {
      const { found, probes } = search(mtu);
      expect(found.sizeBytes).toBeLessThanOrEqual(mtu);
      expect(found.sizeBytes).toBeGreaterThan(Math.min(mtu, 9_000) - 32);
      expect(probes.length).toBeLessThanOrEqual(40);
    }),
  );
});

test("a size counts as too large only when three probes of it were lost", () => {
  const found = new MtuSearch(1_200, 1_500);
  for (let i = 0; i < 2; i++) {
    expect(found.nextProbe(0)).toBe(1_500);
    found.onProbeLost(1_500);
  }
  expect(found.nextProbe(0)).toBe(1_500);
  found.onProbeAcked(1_500);
  expect(found.sizeBytes).toBe(1_500);
});

test("one probe is under way at a time, and what is said of another counts for nothing", () => {
  const found = new MtuSearch(1_200, 1_500);
  expect(found.nextProbe(0)).toBe(1_500);
  expect(found.nextProbe(0)).toBeUndefined();
  found.onProbeLost(1_400);
  expect(found.nextProbe(0)).toBeUndefined();
});

test("three large packets lost in a row lead back to the size that every path takes", () => {
  const { found } = search(9_000);
  for (let i = 0; i < 2; i++) found.onLost(9_000);
  found.onAcked(9_000);
  for (let i = 0; i < 2; i++) found.onLost(9_000);
  expect(found.sizeBytes).toBe(9_000);
  found.onLost(9_000);
  expect(found.sizeBytes).toBe(1_200);
  const next = found.nextProbe(0);
  expect(next).toBeGreaterThan(1_200);
  expect(next).toBeLessThan(9_000);
});

test("a larger size is tried again ten minutes after the search has ended", () => {
  const { found } = search(1_300);
  expect(found.nextProbe(599_000)).toBeUndefined();
  expect(found.nextProbe(600_000)).toBe(9_000);
});

test("what a relay says bounds the search", () => {
  const found = new MtuSearch(1_100, 1_452);
  found.onLimit(1_234);
  expect(found.nextProbe(0)).toBeLessThanOrEqual(1_234);
  found.onLimit(100);
  expect(found.sizeBytes).toBe(1_100);
});

test("where the limit is the base nothing is probed", () => {
  expect(search(9_000, { limit: 1_200 }).probes).toEqual([]);
});
