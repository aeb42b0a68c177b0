import fc from "fast-check";
import { expect, test } from "vitest";

import { RttEstimator } from "../src/recovery/rtt.ts";

test("starts from the handshake's round trip, as RFC 9002 does from its first sample", () => {
  const rtt = new RttEstimator(20);
  expect([rtt.smoothedMs, rtt.latestMs]).toEqual([20, 20]);
  expect(rtt.ptoMs(5)).toBe(20 + 4 * 10 + 5);
  expect(rtt.lossDelayMs()).toBe(22.5);
});

test("replaces that by the first sample, and smooths from there on", () => {
  const rtt = new RttEstimator(500);
  rtt.sample(20, 5);
  expect([rtt.smoothedMs, rtt.latestMs, rtt.ptoMs(0)]).toEqual([20, 20, 20 + 4 * 10]);
  rtt.sample(60, 0);
  expect(rtt.smoothedMs).toBe(0.875 * 20 + 0.125 * 60);
  expect(rtt.ptoMs(0)).toBe(25 + 4 * (0.75 * 10 + 0.25 * 40));
});

/** An estimator whose path takes 20 ms. */
function settled(): RttEstimator {
  const rtt = new RttEstimator(20);
  rtt.sample(20, 0);
  return rtt;
}

test("takes off the time that the peer held its answer back, but never below the minimum", () => {
  const held = settled();
  held.sample(28, 8);
  expect(held.smoothedMs).toBe(20);
  const implausible = settled();
  implausible.sample(22, 8);
  expect(implausible.smoothedMs).toBe(0.875 * 20 + 0.125 * 22);
});

test("judges loss by the larger of the smoothed and the latest round trip", () => {
  const rtt = new RttEstimator(20);
  rtt.sample(100, 0);
  expect(rtt.lossDelayMs()).toBeCloseTo((9 / 8) * 100);
});

test("is never below the timers' grain, however quick the path", () => {
  const rtt = new RttEstimator(0.01);
  for (let i = 0; i < 50; i++) rtt.sample(0.01, 0);
  expect(rtt.lossDelayMs()).toBe(1);
  expect(rtt.ptoMs(0)).toBeGreaterThanOrEqual(1);
});

test("settles on a steady round trip, from whatever was before", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0.1, max: 500, noNaN: true }), fc.nat(20)), {
        maxLength: 40,
      }),
      (samples) => {
        const rtt = new RttEstimator(samples[0]?.[0] ?? 10);
        for (const [ms, delay] of samples) rtt.sample(ms, delay);
        for (let i = 0; i < 200; i++) rtt.sample(30, 0);
        expect(rtt.smoothedMs).toBeCloseTo(30, 3);
        expect(rtt.ptoMs(5)).toBeLessThan(30 + 1 + 5 + 0.01);
      },
    ),
  );
});
