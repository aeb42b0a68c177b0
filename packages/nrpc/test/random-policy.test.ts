import { seededRandom } from "@selvage/testing";
import { expect, test } from "vitest";

import { createRandomSelector } from "../src/selection/random.ts";
import { provider, shares } from "./providers.ts";

test("random follows the weights", () => {
  const providers = [provider(1, { weight: 1 }), provider(2, { weight: 3 })];
  const selector = createRandomSelector(seededRandom(1));
  const [light = 0] = shares(selector, providers, 10_000);
  expect(light).toBeGreaterThan(2_300);
  expect(light).toBeLessThan(2_700);
});

test("random is within the list for every draw", () => {
  const providers = [provider(1, { weight: 0.1 }), provider(2, { weight: 0.2 })];
  for (const next of [0, 0.33, 0.34, 1 - 2 ** -53]) {
    expect(providers).toContain(createRandomSelector({ next: () => next }).select("s", providers));
  }
});
