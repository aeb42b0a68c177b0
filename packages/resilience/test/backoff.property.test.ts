import { seededRandom } from "@selvage/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createBackoff, type BackoffConfig, type Jitter } from "../src/index.ts";
import { always } from "./helpers.ts";

/** The first `count` waits. */
function waits(count: number, config: BackoffConfig): number[] {
  const next = createBackoff(config);
  return Array.from({ length: count }, () => next());
}

const ms = fc.double({ min: 0, max: 1e6, noNaN: true });
const multiplier = fc.double({ min: 0, max: 10, noNaN: true });

describe("exponential waits", () => {
  test("double from 50 ms to 1 s by default, also after thousands of failures", () => {
    const exact = waits(2000, { jitter: "none" });
    expect(exact.slice(0, 7)).toEqual([50, 100, 200, 400, 800, 1000, 1000]);
    expect(exact.at(-1)).toBe(1000);
    expect(waits(3, { backoffMultiplier: 0.1, jitter: "none" })).toEqual([50, 50, 50]);
    expect(new Set(waits(2000, { initialBackoffMs: 0 }))).toEqual(new Set([0]));
    expect(waits(4, { backoffMultiplier: 3, jitter: "none", maxBackoffMs: 1e6 })).toEqual([
      50, 150, 450, 1350,
    ]);
  });

  test.each<[Jitter, number]>([
    ["equal", 0.5],
    ["full", 0],
    ["none", 1],
  ])("with %s jitter lie between %d and all of the exact wait", (jitter, least) => {
    fc.assert(
      fc.property(ms, ms, multiplier, fc.nat(), (initialBackoffMs, maxBackoffMs, growth, seed) => {
        const config = { initialBackoffMs, maxBackoffMs, backoffMultiplier: growth };
        const exact = waits(15, { ...config, jitter: "none" });
        for (const [index, wait] of waits(15, {
          ...config,
          jitter,
          random: seededRandom(seed),
        }).entries()) {
          expect(wait).toBeLessThanOrEqual(exact[index] ?? 0);
          expect(wait).toBeGreaterThanOrEqual((exact[index] ?? 0) * least);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("use the whole of their range", () => {
    expect(waits(1, { random: always(0) })).toEqual([25]);
    expect(waits(1, { random: always(1) })).toEqual([50]);
    expect(waits(1, { random: always(0), jitter: "full" })).toEqual([0]);
  });
});

describe("decorrelated waits", () => {
  /**
   * Quantiles of delay / base of "decorrelated jitter V2" with exponent 2, from 200,000 runs of the
   * published formula: retry, 5 %, 50 %, 95 %, most.
   */
  const published = [
    [1, 0.311, 0.897, 1.325, 1.377],
    [2, 0.335, 1.14, 2.056, 2.822],
    [3, 0.628, 2.016, 3.654, 4.323],
    [4, 1.248, 4.013, 7.274, 8.576],
    [5, 2.481, 7.995, 14.514, 17.143],
    [6, 4.98, 16.013, 29.009, 34.226],
  ] as const;

  test("are distributed as published", () => {
    const random = seededRandom(7);
    const runs = Array.from({ length: 20_000 }, () =>
      waits(6, { jitter: "decorrelated", initialBackoffMs: 1, maxBackoffMs: 1e9, random }),
    );
    for (const [retry, p05, p50, p95, most] of published) {
      const sorted = runs.map((run) => run[retry - 1] ?? 0).toSorted((a, b) => a - b);
      const at = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? 0;
      for (const [share, expected] of [
        [0.05, p05],
        [0.5, p50],
        [0.95, p95],
      ] as const) {
        expect(Math.abs(at(share) / expected - 1)).toBeLessThan(0.05);
      }
      expect(sorted.at(-1)).toBeLessThanOrEqual(most * 1.01);
    }
  });

  test("lie between a quarter of the first and the ceiling, however many and however steep", () => {
    fc.assert(
      fc.property(ms, ms, multiplier, fc.nat(), (initialBackoffMs, maxBackoffMs, growth, seed) => {
        const config = { initialBackoffMs, maxBackoffMs, backoffMultiplier: growth };
        const random = seededRandom(seed);
        for (const wait of waits(20, { ...config, jitter: "decorrelated", random })) {
          expect(wait).toBeGreaterThanOrEqual(Math.min(initialBackoffMs / 4, maxBackoffMs));
          expect(wait).toBeLessThanOrEqual(maxBackoffMs);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("are still numbers when the curve has left the range of numbers", () => {
    const random = seededRandom(1);
    const many = waits(3000, { jitter: "decorrelated", maxBackoffMs: 5000, random });
    expect(many.slice(1100)).toEqual(Array.from({ length: 1900 }, () => 5000));
  });
});
