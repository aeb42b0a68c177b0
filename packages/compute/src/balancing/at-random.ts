import { pick, type Random, randomInt } from "@selvage/core";

import type { Endpoint } from "./endpoint.ts";
import type { BalancingStrategy } from "./strategy.ts";

/** Any. */
export function uniform(random: Random): BalancingStrategy {
  return { pick: (available) => pick(random, available) };
}

/** Any, by weight. */
export function byWeight(random: Random): BalancingStrategy {
  return {
    pick(available) {
      const total = available.reduce((sum, { weight }) => sum + weight, 0);
      let left = random.next() * total;
      for (const endpoint of available) {
        left -= endpoint.weight;
        if (left < 0) return endpoint;
      }
      // Rounding may leave a little.
      return available.at(-1);
    },
  };
}

/** Of two different ones, the one with fewer requests under way. */
export function powerOfTwo(random: Random): BalancingStrategy {
  return {
    pick(available): Endpoint | undefined {
      const first = randomInt(random, available.length);
      const step = 1 + randomInt(random, Math.max(1, available.length - 1));
      const one = available[first];
      const other = available[(first + step) % available.length];
      if (one === undefined || other === undefined) return one;
      return other.connections < one.connections ? other : one;
    },
  };
}
