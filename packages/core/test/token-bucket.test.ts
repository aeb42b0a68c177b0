import fc from "fast-check";
import { expect, test } from "vitest";

import { TokenBucket } from "../src/index.ts";

test("lets a burst pass, then as many as time brings", () => {
  let now = 0;
  const bucket = new TokenBucket(3, 10, () => now);
  expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([true, true, true, false]);
  now = 99;
  expect(bucket.take()).toBe(false);
  now = 100;
  expect([bucket.take(), bucket.take()]).toEqual([true, false]);
});

test("saves no more than one burst, however long the pause", () => {
  let now = 0;
  const bucket = new TokenBucket(3, 10, () => now);
  now = 1e9;
  expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([true, true, true, false]);
});

test("never lets more pass than burst and rate allow", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 200 }), (pauses) => {
      let now = 0;
      let passed = 0;
      const bucket = new TokenBucket(5, 20, () => now);
      for (const pause of pauses) {
        now += pause;
        if (bucket.take()) passed++;
        expect(passed).toBeLessThanOrEqual(5 + (now / 1_000) * 20 + 1e-6);
      }
    }),
  );
});

test("says how long to wait for the next, and for what never passes", () => {
  let now = 0;
  const bucket = new TokenBucket(2, 10, () => now);
  expect([bucket.waitMs(), bucket.waitMs(2), bucket.waitMs(3)]).toEqual([0, 0, Infinity]);
  bucket.take(2);
  expect([bucket.waitMs(), bucket.waitMs(2)]).toEqual([100, 200]);
  now = 100;
  expect([bucket.waitMs(), bucket.take()]).toEqual([0, true]);
});

test("refuses a burst or a rate that makes no sense", () => {
  expect(() => new TokenBucket(0, 1, () => 0)).toThrow("burst must be above 0, got 0");
  expect(() => new TokenBucket(1, -1, () => 0)).toThrow("perSecond must be 0 or more, got -1");
});
