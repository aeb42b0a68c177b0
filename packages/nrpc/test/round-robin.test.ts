import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createRoundRobin } from "../src/selection/round-robin.ts";
import { provider, shares } from "./providers.ts";

describe("round-robin", () => {
  test("takes turns", () => {
    const providers = [provider(1), provider(2), provider(3)];
    const selector = createRoundRobin();
    const picks = Array.from({ length: 7 }, () => selector.select("greet", providers));
    expect(picks.map((pick) => providers.indexOf(pick))).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  test("is exact by weight over every full round, whatever the weights", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        (weights) => {
          const providers = weights.map((weight, n) => provider(n + 1, { weight }));
          const selector = createRoundRobin();
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          for (let round = 0; round < 3; round++) {
            expect(shares(selector, providers, total)).toEqual(weights);
          }
        },
      ),
    );
  });

  test("spreads the picks of a heavy provider out", () => {
    const providers = [provider(1, { weight: 5 }), provider(2), provider(3)];
    const selector = createRoundRobin();
    const picks = Array.from({ length: 7 }, () =>
      providers.indexOf(selector.select("s", providers)),
    );
    expect(picks).toEqual([0, 0, 1, 0, 2, 0, 0]);
  });

  test("keeps the turns of services apart", () => {
    const providers = [provider(1), provider(2)];
    const selector = createRoundRobin();
    const pick = (service: string): number =>
      providers.indexOf(selector.select(service, providers));
    expect([pick("a"), pick("b"), pick("a"), pick("b")]).toEqual([0, 0, 1, 1]);
  });

  test("goes on fairly as providers come and go", () => {
    const [one, two, three] = [provider(1), provider(2), provider(3)];
    const selector = createRoundRobin();
    shares(selector, [one, two, three], 4);
    expect(shares(selector, [two, three], 10)).toEqual([5, 5]);
    // Who comes back has no claim to what it missed.
    const back = shares(selector, [one, two, three], 9);
    expect(Math.max(...back) - Math.min(...back)).toBeLessThanOrEqual(2);
  });

  test("forgets services beyond a thousand, not their fairness", () => {
    const providers = [provider(1), provider(2)];
    const selector = createRoundRobin();
    for (let i = 0; i < 5_000; i++) selector.select(`service-${i}`, providers);
    expect(shares(selector, providers, 10)).toEqual([5, 5]);
  });
});
