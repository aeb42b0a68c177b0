import { seededRandom } from "@selvage/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compose, timeout } from "../src/index.ts";
import { CallMetrics } from "../src/metrics/index.ts";
import { bench, hang, outcome, unchecked } from "./helpers.ts";

describe("CallMetrics", () => {
  test("has nothing to say before the first call", () => {
    const { clock } = bench();
    expect(new CallMetrics({ clock }).summary()).toEqual({
      total: 0,
      failed: 0,
      cancelled: 0,
      errorRate: 0,
      latency: undefined,
      bytesSent: 0,
      bytesReceived: 0,
      elapsedMs: 0,
      callsPerSecond: 0,
      bytesPerSecond: 0,
    });
  });

  test("sums up what it is told", async () => {
    const { clock } = bench();
    const metrics = new CallMetrics({ clock });
    metrics.record({ latencyMs: 45, ok: true, bytesSent: 256, bytesReceived: 1024 });
    metrics.record({ latencyMs: 120, ok: true, bytesSent: 512, bytesReceived: 2048 });
    metrics.record({ latencyMs: 5000, ok: false, bytesSent: 256 });
    await clock.advance(2000);
    const { latency, ...rest } = metrics.summary();
    expect(rest).toEqual({
      total: 3,
      failed: 1,
      cancelled: 0,
      errorRate: 1 / 3,
      bytesSent: 1024,
      bytesReceived: 3072,
      elapsedMs: 2000,
      callsPerSecond: 1.5,
      bytesPerSecond: 2048,
    });
    expect(latency).toMatchObject({ meanMs: 5165 / 3, minMs: 45, maxMs: 5000, p99Ms: 5000 });
    expect(latency?.p50Ms).toBeCloseTo(120, -1);
  });

  test("measures the calls it makes, and the bytes they count", async () => {
    const { clock, signal, expectClean } = bench();
    const metrics = new CallMetrics({ clock });
    const results = [30, 10, 20].map((ms) =>
      outcome(
        metrics.execute(
          async ({ countBytes }) => {
            countBytes({ sent: ms });
            await clock.sleep(ms);
            countBytes({ received: 1 });
            if (ms === 20) throw new Error("failed");
            return ms;
          },
          { signal },
        ),
      ),
    );
    await clock.advance(100);
    expect(await Promise.all(results)).toMatchObject([30, 10, { message: "failed" }]);
    expect(metrics.summary()).toMatchObject({
      total: 3,
      failed: 1,
      latency: { minMs: 10, maxMs: 30, meanMs: 20 },
      bytesSent: 60,
      bytesReceived: 3,
    });
    expectClean();
  });

  test("tells failed calls from those whose caller gave up, and takes timeouts for failed", async () => {
    const { clock, controller, signal } = bench();
    const metrics = new CallMetrics({ clock, isFailure: (error) => error !== "not found" });
    const left = outcome(metrics.execute(hang, { signal }));
    controller.abort("enough");
    expect(await left).toBe("enough");
    await outcome(metrics.execute(hang, { signal }));
    await outcome(metrics.execute(() => Promise.reject("not found")));
    const late = outcome(compose(timeout(100, { clock }), metrics).execute(hang));
    await clock.advance(100);
    await late;
    expect(metrics.summary()).toMatchObject({
      total: 2,
      failed: 1,
      cancelled: 1,
      latency: { maxMs: 100 },
    });
  });

  test("keeps quantiles within one per cent, whatever the durations", () => {
    /** The duration at a rank, rounded either way: with few calls there is no telling. */
    const ranks = (sorted: readonly number[], percent: number): number[] => {
      const rank = Math.ceil((percent / 100) * sorted.length) - 1;
      return [rank, Math.max(0, rank - 1)].map((index) => sorted[index] ?? 0);
    };
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 400 }), (seed, count) => {
        const random = seededRandom(seed);
        const metrics = new CallMetrics();
        const durations = Array.from({ length: count }, () => 10 ** (random.next() * 8 - 2));
        for (const latencyMs of durations) metrics.record({ latencyMs, ok: true });
        const sorted = durations.toSorted((a, b) => a - b);
        const latency = metrics.summary().latency!;
        for (const [percent, found] of [
          [50, latency.p50Ms],
          [95, latency.p95Ms],
          [99, latency.p99Ms],
        ] as const) {
          const wrongBy = ranks(sorted, percent).map((ms) => Math.abs(found - ms) - ms * 0.01);
          expect(Math.min(...wrongBy)).toBeLessThanOrEqual(0.001);
        }
        expect(latency.minMs).toBe(sorted[0]);
        expect(latency.maxMs).toBe(sorted.at(-1));
      }),
      { numRuns: 1000 },
    );
  });

  test("takes calls of no time and of many hours", () => {
    const metrics = new CallMetrics();
    metrics.record({ latencyMs: 0, ok: true });
    metrics.record({ latencyMs: 1e9, ok: true });
    expect(metrics.summary()).toMatchObject({ total: 2, latency: { minMs: 0, maxMs: 1e9 } });
  });

  test("begins anew on reset, for numbers per period", async () => {
    const { clock } = bench();
    const metrics = new CallMetrics({ clock });
    metrics.record({ latencyMs: 100, ok: false, bytesSent: 7 });
    await clock.advance(1000);
    metrics.reset();
    await clock.advance(500);
    metrics.record({ latencyMs: 5, ok: true });
    expect(metrics.summary()).toMatchObject({
      total: 1,
      failed: 0,
      latency: { maxMs: 5 },
      bytesSent: 0,
      elapsedMs: 500,
      callsPerSecond: 2,
    });
  });

  test("refuses wrong numbers by name and value", () => {
    const metrics = new CallMetrics();
    expect(() => metrics.record({ latencyMs: -1, ok: true })).toThrow(
      new RangeError("latencyMs must be a number from 0 to Infinity, got -1"),
    );
    expect(() => metrics.record({ latencyMs: 1, ok: true, bytesSent: 0.5 })).toThrow("bytesSent");
    expect(() => metrics.record({ latencyMs: 1, ok: true, bytesReceived: -1 })).toThrow(
      "bytesReceived",
    );
    expect(() => new CallMetrics({ isFailure: unchecked(1) })).toThrow(TypeError);
    expect(metrics.summary()).toMatchObject({ total: 0, bytesSent: 0, bytesReceived: 0 });
  });
});
