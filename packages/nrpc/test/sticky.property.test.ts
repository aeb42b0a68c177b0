import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Provider } from "../src/index.ts";
import { affinity, hashText } from "../src/selection/rendezvous.ts";
import { createSticky } from "../src/selection/sticky.ts";
import { provider } from "./providers.ts";

const sticky = createSticky();
const place = (key: string, providers: readonly Provider[]): Provider =>
  sticky.select("greet", providers, key);

/** Providers with different node ids, in any order, with any weights. */
const someProviders = fc
  .uniqueArray(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 12 })
  .chain((numbers) =>
    fc
      .array(fc.double({ min: 0.01, max: 1_000, noNaN: true }), {
        minLength: numbers.length,
        maxLength: numbers.length,
      })
      .map((weights) => numbers.map((n, at) => provider(n, { weight: weights[at] ?? 1 }))),
  );
const someKeys = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 50 });

describe("a key", () => {
  test("goes to the same provider whatever the order in which providers are known", () => {
    fc.assert(
      fc.property(someProviders, someKeys, (providers, keys) => {
        const reversed = providers.toReversed();
        for (const key of keys) expect(place(key, reversed)).toBe(place(key, providers));
      }),
    );
  });

  test("moves only if its provider goes", () => {
    fc.assert(
      fc.property(someProviders, someKeys, fc.nat(), (providers, keys, drawn) => {
        fc.pre(providers.length > 1);
        const gone = providers[drawn % providers.length];
        const left = providers.filter((one) => one !== gone);
        for (const key of keys) {
          const before = place(key, providers);
          expect(before === gone || place(key, left) === before).toBe(true);
        }
      }),
    );
  });

  test("moves only to a provider that comes, or that weighs more than before", () => {
    fc.assert(
      fc.property(someProviders, someKeys, fc.nat(), (providers, keys, drawn) => {
        const at = drawn % providers.length;
        const grown = providers.map((one, n) =>
          n === at ? { ...one, offer: { ...one.offer, weight: one.offer.weight * 2 } } : one,
        );
        for (const key of keys) {
          const [before, after] = [place(key, providers), place(key, grown)];
          expect(after.nodeId === before.nodeId || after === grown[at]).toBe(true);
        }
      }),
    );
  });
});

describe("many keys", () => {
  const keys = Array.from({ length: 40_000 }, (_, n) => `customer/${n}`);
  const counts = (providers: readonly Provider[], of: readonly string[]): number[] => {
    const found = new Map(providers.map((one) => [one, 0]));
    for (const key of of) {
      const one = place(key, providers);
      found.set(one, (found.get(one) ?? 0) + 1);
    }
    return [...found.values()];
  };

  test("spread by weight", () => {
    const weights = [1, 2, 3, 4];
    const providers = weights.map((weight, n) => provider(n + 1, { weight }));
    for (const [n, count] of counts(providers, keys).entries()) {
      const expected = (keys.length * (weights[n] ?? 0)) / 10;
      // Five standard deviations.
      expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  test("of a provider that goes spread over all others", () => {
    const providers = Array.from({ length: 5 }, (_, n) => provider(n + 1));
    const [gone, ...left] = providers;
    const homeless = keys.filter((key) => place(key, providers) === gone);
    for (const count of counts(left, homeless)) {
      const expected = homeless.length / left.length;
      expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  test("that differ in little have little in common", () => {
    const { nodeId } = provider(1);
    for (const sequence of [
      keys.map((key) => affinity(hashText(key), nodeId)),
      keys.map((_, n) => affinity(hashText("k", n), nodeId)),
      keys.slice(0, 500).map((_, n) => affinity(hashText("\u0000".repeat(n)), nodeId)),
      Array.from({ length: 250 }, (_, n) => affinity(hashText("k"), provider(n).nodeId)),
    ]) {
      const mean = sequence.reduce((sum, value) => sum + value, 0) / sequence.length;
      expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / sequence.length));
      expect(new Set(sequence).size).toBe(sequence.length);
    }
  });
});

test("all versions of this package agree where a key goes", () => {
  const providers = Array.from({ length: 7 }, (_, n) => provider(n + 1, { weight: n + 1 }));
  const placed = ["", "a", "customer-17", "Zoë", "🧵"].map((key) =>
    providers.indexOf(place(key, providers)),
  );
  expect(placed).toEqual([5, 4, 0, 3, 6]);
});
