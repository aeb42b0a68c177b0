import type { Random } from "@selvage/core";

import { ADAPTIVE_HIGH_LOAD } from "../defaults.ts";
import { byWeight, powerOfTwo, uniform } from "./at-random.ts";
import type { Endpoint } from "./endpoint.ts";
import { HashRing } from "./hash-ring.ts";
import { Least } from "./least.ts";
import { RoundRobin } from "./round-robin.ts";
import { SmoothWeighted } from "./smooth-weighted.ts";
import type { BalancingStrategy, BalancingStrategyName } from "./strategy.ts";

/** A weight to divide by. */
const MIN_DIVISOR = 1e-6;

const makers: Readonly<Record<BalancingStrategyName, (random: Random) => BalancingStrategy>> = {
  "round-robin": () => new RoundRobin(),
  "weighted-round-robin": () => new SmoothWeighted(),
  "least-connections": () => new Least(({ connections }) => connections),
  "weighted-least-connections": () =>
    new Least(({ connections, weight }) => (connections + 1) / Math.max(weight, MIN_DIVISOR)),
  random: uniform,
  "weighted-random": byWeight,
  "consistent-hash": () => new HashRing(),
  "least-latency": () => new Least(({ averageMs }) => averageMs),
  "least-load": () => new Least(({ load }) => load),
  "power-of-two": powerOfTwo,
  adaptive: createAdaptive,
};

/**
 * Makes a strategy.
 *
 * @throws RangeError for a name that there is not.
 */
export function createStrategy(name: BalancingStrategyName, random: Random): BalancingStrategy {
  if (!Object.hasOwn(makers, name)) {
    throw new RangeError(
      `strategy must be one of ${Object.keys(makers).join(", ")}, got "${name}"`,
    );
  }
  return makers[name](random);
}

function createAdaptive(): BalancingStrategy {
  const busy = new Least(({ connections }) => connections);
  const ring = new HashRing();
  const weighted = new SmoothWeighted();
  return {
    pick(available, key) {
      if (meanLoad(available) > ADAPTIVE_HIGH_LOAD) return busy.pick(available);
      return key === undefined ? weighted.pick(available) : ring.pick(available, key);
    },
    changed(all) {
      ring.changed(all);
      weighted.changed(all);
    },
  };
}

function meanLoad(endpoints: readonly Endpoint[]): number {
  return endpoints.reduce((sum, { load }) => sum + load, 0) / endpoints.length;
}
