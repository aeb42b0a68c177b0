import fc from "fast-check";
import { expect, test } from "vitest";

import { Pacer } from "../src/recovery/pacer.ts";

/** How many packets of 1,200 bytes leave at `now`. */
function burst(pacer: Pacer, now: number, windowBytes: number, rttMs: number): number {
  let packets = 0;
  while (packets < 10_000 && pacer.allows(now, windowBytes, rttMs)) {
    pacer.onSent(1_200);
    packets++;
  }
  return packets;
}

test("ten packets leave at once, the rest of the window over the round trip", () => {
  const pacer = new Pacer(1_200);
  const rttMs = 1_000;
  const window = 120_000;
  expect(burst(pacer, 0, window, rttMs)).toBe(11);
  let packets = 0;
  for (let now = 1; now <= rttMs; now++) packets += burst(pacer, now, window, rttMs);
  // A quarter more than the window, so that it is what limits.
  expect(packets).toBeGreaterThanOrEqual(123);
  expect(packets).toBeLessThanOrEqual(126);
});

test("after a pause no more leaves at once than after the start", () => {
  const pacer = new Pacer(1_200);
  burst(pacer, 0, 120_000, 1_000);
  expect(burst(pacer, 60_000, 120_000, 1_000)).toBe(11);
});

test("a path faster than timers is not held back", () => {
  const pacer = new Pacer(1_200);
  pacer.allows(0, 120_000, 0.2);
  expect(burst(pacer, 10, 120_000, 0.2)).toBeGreaterThan(100);
});

test("it opens exactly when it says", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2_400, max: 10_000_000 }),
      fc.double({ min: 0.05, max: 3_000, noNaN: true }),
      (window, rttMs) => {
        const pacer = new Pacer(1_200);
        let now = 5;
        for (let i = 0; i < 5; i++) {
          burst(pacer, now, window, rttMs);
          expect(pacer.nextAt).toBeGreaterThanOrEqual(now);
          now = Math.max(now, pacer.nextAt);
          expect(pacer.allows(now, window, rttMs)).toBe(true);
          pacer.onSent(20_000_000);
        }
      },
    ),
  );
});
