import fc from "fast-check";
import { expect, test } from "vitest";

import { TokenBucket } from "../src/token-bucket.ts";

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
