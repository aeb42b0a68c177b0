import { type BalancingStrategyName, LoadBalancer, type Reservation } from "@selvage/compute";

import { collectGarbage } from "../../measure/memory.ts";
import { perSecond } from "../../measure/timing.ts";
import type { Sample } from "../../suite.ts";

/** Events between two looks at the time. */
const BATCH = 1_000;
/** Events under way at any time, so that members differ in them. */
const UNDER_WAY = 16;
/** Keys of events, in turn. */
const KEYS: readonly string[] = Array.from({ length: 1_024 }, (_, n) => `key-${n}`);

/** What they are called here, and in the configuration. */
const STRATEGIES: Readonly<Record<string, BalancingStrategyName>> = {
  roundRobin: "round-robin",
  weightedRoundRobin: "weighted-round-robin",
  leastConnections: "least-connections",
  weightedLeastConnections: "weighted-least-connections",
  random: "random",
  weightedRandom: "weighted-random",
  consistentHash: "consistent-hash",
  leastLatency: "least-latency",
  leastLoad: "least-load",
  powerOfTwo: "power-of-two",
  adaptive: "adaptive",
};

/** How many events per second find one of so many members, by each strategy. */
export function routingFigures(members: number, ms: number): Sample[] {
  return Object.entries(STRATEGIES).map(([metric, strategy]) => {
    eventsPerSecond(members, strategy, ms);
    const value = eventsPerSecond(members, strategy, ms);
    return { metric, unit: "events/s", value };
  });
}

function eventsPerSecond(members: number, strategy: BalancingStrategyName, ms: number): number {
  const balancer = new LoadBalancer({}, { strategy });
  for (let n = 0; n < members; n++) balancer.set(`member-${n}`, { weight: 1 + (n % 3) });
  const held: (Reservation | undefined)[] = Array.from({ length: UNDER_WAY });
  let count = 0;
  collectGarbage();
  const rate = perSecond(ms, BATCH, () => {
    for (let i = 0; i < BATCH; i++, count++) {
      const reservation = balancer.reserve({ routingKey: KEYS[count % KEYS.length] });
      if (reservation === undefined) throw new Error("no member was found");
      held[count % UNDER_WAY]?.complete(true);
      held[count % UNDER_WAY] = reservation;
    }
  });
  for (const reservation of held) reservation?.complete(true);
  if (balancer.stats().some(({ connections }) => connections > 0)) {
    throw new Error("a place was not given back");
  }
  return rate;
}
