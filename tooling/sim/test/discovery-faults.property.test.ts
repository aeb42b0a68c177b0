import { seededRandom } from "@selvage/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { planFaults } from "../src/discovery/fault-plan.ts";
import {
  drawSetting,
  MAX_WALL_OFFSET_MS,
  MEMBERS,
  type Setting,
} from "../src/discovery/setting.ts";
import { TROUBLE_FROM_MS } from "../src/discovery/times.ts";
import type { PlannedFault } from "../src/world/faults.ts";

const forEverySetting = (check: (setting: Setting, plan: readonly PlannedFault[]) => void): void =>
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const setting = drawSetting(seededRandom(seed));
      check(setting, planFaults(seededRandom(seed), setting));
    }),
  );

test("everybody can be found from anywhere by following who was told of whom", () => {
  forEverySetting(({ members, hubs }) => {
    expect(members).toHaveLength(MEMBERS);
    const [first] = hubs;
    for (const { name, contacts, isDialable } of members) {
      if (name === first) expect(contacts).toEqual([]);
      else expect(contacts.length).toBeGreaterThan(0);
      for (const contact of contacts) expect(hubs).toContain(contact);
      if (hubs.includes(name)) expect(isDialable).toBe(true);
    }
  });
});

test("all is repaired in time but for who leaves for good, and nobody joins through those", () => {
  forEverySetting(({ hubs, repairAtMs }, plan) => {
    const times = plan.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const left = new Set<string>();
    for (const { atMs, forMs, fault } of plan) {
      expect(atMs).toBeGreaterThanOrEqual(TROUBLE_FROM_MS - 1_000);
      expect(forMs).toBeGreaterThan(0);
      if (fault.kind === "clock-step") expect(atMs).toBeLessThanOrEqual(repairAtMs);
      else if (forMs < Number.POSITIVE_INFINITY) {
        expect(atMs + forMs).toBeLessThanOrEqual(repairAtMs + 1e-6);
      } else {
        expect(["kill", "close"]).toContain(fault.kind);
        if ("machine" in fault) left.add(fault.machine);
      }
    }
    expect(left.size).toBeLessThanOrEqual(3);
    for (const hub of hubs) expect(left.has(hub)).toBe(false);
  });
});

test("no two wall clocks are ever a day apart", () => {
  forEverySetting(({ members }, plan) => {
    const offsets = new Map(members.map(({ name, wallOffsetMs }) => [name, wallOffsetMs]));
    for (const { fault } of plan) {
      if (fault.kind !== "clock-step") continue;
      offsets.set(fault.machine, (offsets.get(fault.machine) ?? 0) + fault.byMs);
    }
    const all = [...offsets.values(), MAX_WALL_OFFSET_MS, -MAX_WALL_OFFSET_MS];
    expect(Math.max(...all) - Math.min(...all)).toBeLessThan(86_400_000 - 120_000);
  });
});

test("in a long run the mesh falls apart for longer than lifetimes, and somebody dies early", () => {
  let long = 0;
  forEverySetting(({ members, isLong, repairAtMs }, plan) => {
    if (!isLong) return;
    long++;
    const shortest = 1_000 * Math.min(...members.map(({ ttlSeconds }) => ttlSeconds));
    const cuts = plan.filter(({ fault }) => fault.kind === "partition");
    expect(Math.max(...cuts.map(({ forMs }) => forMs))).toBeGreaterThan(shortest);
    const deaths = plan.filter(
      ({ fault, forMs }) => fault.kind === "kill" && forMs === Number.POSITIVE_INFINITY,
    );
    expect(deaths.length).toBeGreaterThan(0);
    expect(Math.min(...deaths.map(({ atMs }) => atMs)) + shortest).toBeLessThan(repairAtMs);
  });
  expect(long).toBeGreaterThan(0);
});
