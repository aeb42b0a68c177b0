import { seededRandom } from "@selvage/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { cast } from "../src/failover/cast.ts";
import { planFaults } from "../src/failover/fault-plan.ts";
import { FAULTS_FROM_MS, REPAIRED_BY_MS } from "../src/failover/times.ts";

test("every plan has faults enough, in order, and all of them are repaired in time", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const plan = planFaults(seededRandom(seed), cast);
      expect(plan.length).toBeGreaterThanOrEqual(7);
      const times = plan.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      for (const { atMs, forMs } of plan) {
        expect(atMs).toBeGreaterThanOrEqual(FAULTS_FROM_MS);
        expect(forMs).toBeGreaterThan(0);
        expect(atMs + forMs).toBeLessThanOrEqual(REPAIRED_BY_MS);
      }
    }),
  );
});

test("in every plan some provider is dead for long, and the caller never is", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const plan = planFaults(seededRandom(seed), cast);
      const kills = plan.filter(({ fault }) => fault.kind === "kill");
      expect(Math.max(...kills.map(({ forMs }) => forMs))).toBeGreaterThanOrEqual(16_000);
      for (const { fault } of plan) {
        if ("machine" in fault && fault.kind !== "stall") {
          expect(cast.providers).toContain(fault.machine);
        }
      }
    }),
  );
});
