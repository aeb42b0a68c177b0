import { ManualClock, seededRandom } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import { LoadBalancer, type Reservation } from "../../src/balancing/load-balancer.ts";
import type { BalancingStrategyName } from "../../src/balancing/strategy.ts";

const strategies: readonly BalancingStrategyName[] = [
  "round-robin",
  "weighted-round-robin",
  "least-connections",
  "weighted-least-connections",
  "random",
  "weighted-random",
  "consistent-hash",
  "least-latency",
  "least-load",
  "power-of-two",
  "adaptive",
];

/** What may happen to a balancer with four endpoints. */
const step = fc.oneof(
  fc.record({ do: fc.constant("reserve" as const), key: fc.option(fc.string({ maxLength: 3 })) }),
  fc.record({ do: fc.constant("end" as const), at: fc.nat(50), ok: fc.boolean() }),
  fc.record({ do: fc.constant("enable" as const), id: fc.nat(3), enabled: fc.boolean() }),
  fc.record({ do: fc.constant("remove" as const), id: fc.nat(3) }),
);

test.each(strategies)(
  "%s picks whoever is available, and nobody else, and no place is lost",
  (strategy) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(1_000), (steps, seed) => {
        const parts = { clock: new ManualClock(), random: seededRandom(seed) };
        const limits = { strategy, maxConnections: 3, circuitFailures: 1_000 };
        const balancer = new LoadBalancer(parts, limits);
        const enabled = new Map<string, boolean>();
        const held: Reservation[] = [];
        /** Places taken at endpoints as they are now, not at those that were removed. */
        let lives = new Map<string, number>();
        const lifeOf = new Map<Reservation, number | undefined>();
        let life = 0;
        for (const change of steps) {
          if (change.do === "enable") {
            const id = String(change.id);
            if (!enabled.has(id)) lives.set(id, ++life);
            enabled.set(id, change.enabled);
            balancer.set(id, { enabled: change.enabled });
          } else if (change.do === "remove") {
            const id = String(change.id);
            enabled.delete(id);
            lives = new Map([...lives].filter(([other]) => other !== id));
            balancer.remove(id);
          } else if (change.do === "end") {
            const [reservation] = held.splice(change.at % Math.max(1, held.length), 1);
            reservation?.complete(change.ok);
          } else {
            const taken = (id: string): number =>
              held.filter((r) => r.id === id && lifeOf.get(r) === lives.get(id)).length;
            const available = [...enabled]
              .filter(([id, is]) => is && taken(id) < 3)
              .map(([id]) => id);
            const reservation = balancer.reserve({ routingKey: change.key ?? undefined });
            expect(reservation === undefined).toBe(available.length === 0);
            if (reservation === undefined) continue;
            expect(available).toContain(reservation.id);
            lifeOf.set(reservation, lives.get(reservation.id));
            held.push(reservation);
          }
        }
        for (const reservation of held) reservation[Symbol.dispose]();
        expect(balancer.stats().every(({ connections }) => connections === 0)).toBe(true);
      }),
      { numRuns: 60 },
    );
  },
);
