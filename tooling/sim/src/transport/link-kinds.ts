import { type Random, randomBetween } from "@selvage/core";
import type { LinkConfig } from "@selvage/testing";

import { drawWeighted, logBetween, oneOf } from "../world/draw.ts";

/** Kinds of links with their weights. */
const linkKinds: readonly {
  readonly name: string;
  readonly weight: number;
  draw(random: Random): LinkConfig;
}[] = [
  {
    name: "local",
    weight: 2,
    draw: (random) => ({ latencyMs: randomBetween(random, 0.05, 1), jitterMs: 0.2 }),
  },
  {
    name: "city",
    weight: 3,
    draw: (random) => ({
      latencyMs: randomBetween(random, 1, 15),
      jitterMs: randomBetween(random, 0, 8),
      lossRate: randomBetween(random, 0, 0.01),
      duplicateRate: randomBetween(random, 0, 0.01),
      reorderRate: randomBetween(random, 0, 0.02),
    }),
  },
  {
    name: "far",
    weight: 2,
    draw: (random) => ({
      latencyMs: randomBetween(random, 30, 120),
      jitterMs: randomBetween(random, 0, 30),
      lossRate: randomBetween(random, 0, 0.02),
    }),
  },
  {
    name: "radio",
    weight: 3,
    draw: (random) => ({
      latencyMs: randomBetween(random, 2, 40),
      jitterMs: randomBetween(random, 2, 60),
      lossRate: randomBetween(random, 0.01, 0.08),
      duplicateRate: randomBetween(random, 0, 0.06),
      reorderRate: randomBetween(random, 0, 0.1),
      reorderMs: logBetween(random, 5, 100),
    }),
  },
  {
    name: "thin",
    weight: 1.5,
    draw: (random) => ({
      latencyMs: randomBetween(random, 5, 60),
      jitterMs: randomBetween(random, 0, 10),
      bandwidthBps: logBetween(random, 500_000, 10_000_000),
    }),
  },
];

/** What passes: never less than every path on the Internet takes. */
const MTUS = [1_200, 1_280, 1_400, 1_452, 1_472, 1_472, 8_972] as const;

/** What a link of some kind is like. */
export function drawLink(random: Random): LinkConfig {
  return { ...drawWeighted(random, linkKinds).draw(random), mtuBytes: oneOf(random, MTUS) };
}

/** What every link is like once everything is healed. */
export const healedLink: LinkConfig = { latencyMs: 2, jitterMs: 1, mtuBytes: 1_472 };
