import fc from "fast-check";
import { expect, test } from "vitest";

import { seededEntropy, seededRandom } from "../src/index.ts";

const draw = (seed: number | string, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

test("equal seeds give equal numbers, other seeds others", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (a, b) => {
      expect(draw(a, 4)).toEqual(draw(String(a), 4));
      if (a !== b) expect(draw(a, 4)).not.toEqual(draw(b, 4));
    }),
  );
});

test("numbers lie in [0, 1) and fill it evenly", () => {
  const values = draw(1, 10_000);
  for (let bucket = 0; bucket < 10; bucket++) {
    const count = values.filter((value) => Math.floor(value * 10) === bucket).length;
    expect(Math.abs(count - 1000)).toBeLessThan(150);
  }
});

test("a split depends on its label alone, not on what was drawn or split before", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(20), (label, drawn) => {
      const plain = seededRandom(9).split(label);
      const used = seededRandom(9);
      for (let i = 0; i < drawn; i++) used.next();
      used.split("somebody else").next();
      expect(used.split(label).next()).toBe(plain.next());
    }),
  );
});

test("splits of different labels differ", () => {
  const firsts = new Set(
    Array.from({ length: 1000 }, (_, i) => seededRandom(3).split(`node ${i}`).next()),
  );
  expect(firsts.size).toBeGreaterThan(995);
});

test("entropy gives fresh bytes of the wanted length that differ from the random numbers", () => {
  const entropy = seededEntropy("keys");
  const first = entropy.bytes(32);
  const second = entropy.bytes(32);
  expect(first).toHaveLength(32);
  expect(second).not.toEqual(first);
  expect(seededEntropy("keys").bytes(32)).toEqual(first);
  expect(seededEntropy("keys").split("a").bytes(32)).not.toEqual(first);
  expect(new Set(seededEntropy(1).bytes(4096)).size).toBe(256);
});
