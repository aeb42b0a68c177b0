import { seededRandom } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import {
  pick,
  randomBetween,
  randomInt,
  shuffle,
  systemEntropy,
  systemRandom,
} from "../src/index.ts";

test("whole numbers stay below their bound and reach all of it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(), (bound, seed) => {
      const random = seededRandom(seed);
      const seen = new Set(Array.from({ length: 200 }, () => randomInt(random, bound)));
      expect(seen).toEqual(new Set(Array.from({ length: bound }, (_, i) => i)));
    }),
  );
});

test("numbers between two stay between them", () => {
  fc.assert(
    fc.property(fc.double({ min: -100, max: 100, noNaN: true }), fc.nat(), (low, seed) => {
      const value = randomBetween(seededRandom(seed), low, low + 5);
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(low + 5);
    }),
  );
});

test("a shuffle keeps every element, the original list, and is no fixed order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
      const original = [...items];
      const byNumber = (a: number, b: number): number => a - b;
      expect(shuffle(seededRandom(seed), items).toSorted(byNumber)).toEqual(
        items.toSorted(byNumber),
      );
      expect(items).toEqual(original);
    }),
  );
  const orders = Array.from({ length: 200 }, (_, seed) =>
    shuffle(seededRandom(seed), ["a", "b", "c"]).join(""),
  );
  expect(new Set(orders).size).toBe(6);
});

test("a pick is one of the elements, and undefined from none", () => {
  const random = seededRandom(1);
  const seen = new Set(Array.from({ length: 100 }, () => pick(random, ["a", "b", "c"])));
  expect(seen).toEqual(new Set(["a", "b", "c"]));
  expect(pick(random, [])).toBeUndefined();
});

test("the system's sources give numbers in range and fresh bytes", () => {
  const value = systemRandom.next();
  expect(value >= 0 && value < 1).toBe(true);
  const first = systemEntropy.bytes(32);
  expect(first).toHaveLength(32);
  expect(systemEntropy.bytes(32)).not.toEqual(first);
});
