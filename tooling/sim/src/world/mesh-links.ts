import { randomBetween } from "@selvage/core";
import type { LinkConfig, SeededRandom } from "@selvage/testing";

/** From a fast and clean network to a slow and dirty one. */
export function drawLink(random: SeededRandom): LinkConfig {
  return {
    latencyMs: randomBetween(random, 0.2, 25),
    jitterMs: randomBetween(random, 0, 25),
    lossRate: randomBetween(random, 0, 0.06),
    duplicateRate: randomBetween(random, 0, 0.05),
    reorderRate: randomBetween(random, 0, 0.05),
    reorderMs: randomBetween(random, 5, 60),
  };
}
