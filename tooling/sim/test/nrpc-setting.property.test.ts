import { seededRandom } from "@selvage/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { CallDraw } from "../src/nrpc/draw-calls.ts";
import { planFaults } from "../src/nrpc/fault-plan.ts";
import { drawSetting, SHAPES } from "../src/nrpc/setting.ts";
import { FAULTS_FROM_MS, MAX_DEADLINE_MS } from "../src/nrpc/times.ts";

test("every mesh has three to eight nodes, which hang together, and all services somewhere", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { machines, services } = drawSetting(seededRandom(seed));
      expect(machines.length).toBeGreaterThanOrEqual(3);
      expect(machines.length).toBeLessThanOrEqual(8);
      const shapes = new Set([...services.values()].map(({ contract }) => contract.shape));
      expect(shapes.size).toBe(SHAPES.length);
      const joined = new Set([machines[0]?.name]);
      for (let i = 0; i < machines.length; i++) {
        for (const { name, peers } of machines) {
          if ([name, ...peers].some((one) => joined.has(one))) {
            for (const one of [name, ...peers]) joined.add(one);
          }
        }
      }
      expect(joined.size).toBe(machines.length);
      for (const [name, { isCalm }] of services) {
        const places = machines.filter(({ serves }) =>
          serves.some(({ service }) => service === name),
        );
        expect(places.length).toBeGreaterThanOrEqual(isCalm ? 2 : 1);
      }
    }),
  );
});

test("every fault is repaired in time, and none but a stall hits the one who calls most", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const setting = drawSetting(seededRandom(seed));
      const plan = planFaults(seededRandom(seed + 1), setting);
      const times = plan.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      for (const { atMs, forMs, fault } of plan) {
        expect(atMs).toBeGreaterThanOrEqual(FAULTS_FROM_MS);
        expect(atMs + forMs).toBeLessThanOrEqual(setting.repairedByMs + 1e-6);
        if ("machine" in fault && fault.kind !== "stall") {
          expect(fault.machine).not.toBe(setting.machines[0]?.name);
        }
      }
    }),
  );
});

test("calls that are owed an answer ask for nothing that a provider might refuse", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const setting = drawSetting(seededRandom(seed));
      const spec = new CallDraw(seededRandom(seed + 1), setting).owed();
      expect(setting.services.get(spec.service)?.isCalm).toBe(true);
      expect(spec).toMatchObject({ retry: true, deadlineMs: MAX_DEADLINE_MS, key: undefined });
      expect(spec.script.fails).toBeUndefined();
      const places = setting.machines
        .flatMap(({ serves }) => serves)
        .filter(({ service }) => service === spec.service);
      for (const { denies, sick, maxInFlight } of places) {
        expect([denies, sick, maxInFlight]).toEqual([undefined, undefined, undefined]);
      }
    }),
  );
});
