import { seededRandom } from "@selvage/testing";
import { transportDefaults } from "@selvage/transport";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { planFaults } from "../src/transport/fault-plan.ts";
import { drawSetting, type Setting } from "../src/transport/setting.ts";
import { FAULTS_FROM_MS, HEAL_FROM_MS, HEAL_UNTIL_MS } from "../src/transport/times.ts";
import { waysBetween } from "../src/transport/topology.ts";
import { drawTraffic, trafficKinds } from "../src/transport/traffic-kinds.ts";

const forEverySetting = (check: (setting: Setting, seed: number) => void): void =>
  fc.assert(fc.property(fc.nat(), (seed) => check(drawSetting(seededRandom(seed)), seed)));

/** Everybody who can be reached from the first station. */
function reachable({ stations, edges }: Setting): ReadonlySet<string> {
  const reached = new Set([stations[0]?.name ?? ""]);
  for (let before = 0; before < reached.size;) {
    before = reached.size;
    for (const { a, b, isSeparated } of edges) {
      if (!isSeparated && (reached.has(a) || reached.has(b))) reached.add(a).add(b);
    }
  }
  return reached;
}

test("two to six stations hang together, and every pair of neighbours has somebody who dials", () => {
  forEverySetting((setting) => {
    const names = setting.stations.map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(2);
    expect(names.length).toBeLessThanOrEqual(6);
    expect([...reachable(setting)].toSorted()).toEqual(names.toSorted());
    for (const { a, b, dialers } of setting.edges) {
      expect(dialers.length).toBeGreaterThan(0);
      for (const dialer of dialers) expect([a, b]).toContain(dialer);
    }
  });
});

test("of two with a link, one stays where it is", () => {
  forEverySetting(({ stations, edges }) => {
    const mobile = new Set(stations.filter(({ isMobile }) => isMobile).map(({ name }) => name));
    for (const { a, b, isSeparated } of edges) {
      expect(!isSeparated && mobile.has(a) && mobile.has(b)).toBe(false);
    }
  });
});

test("who has no link of their own has a way through others, and never the short one", () => {
  let separated = 0;
  forEverySetting(({ edges, links }) => {
    for (const { a, b, isSeparated } of edges) {
      const ways = waysBetween(a, b, edges);
      expect(ways.some((way) => way.length === 2)).toBe(!isSeparated);
      if (!isSeparated) continue;
      separated++;
      expect(ways.length).toBeGreaterThan(0);
      for (const way of ways) {
        expect([way[0], way.at(-1)]).toEqual([a, b]);
        expect(new Set(way).size).toBe(way.length);
      }
      expect(links.filter(({ direction }) => [a, b].includes(direction.from))).not.toContainEqual(
        expect.objectContaining({ direction: { from: a, to: b } }),
      );
    }
  });
  expect(separated).toBeGreaterThan(0);
});

test("limits agree with each other, and every link takes the smallest datagrams", () => {
  forEverySetting(({ stations, links }) => {
    for (const { limits } of stations) {
      expect(limits.maxMessageBytes).toBeLessThanOrEqual(limits.reassemblyBudgetBytes);
      expect(limits.maxMessageBytes).toBeLessThanOrEqual(transportDefaults.maxMessageBytes);
    }
    for (const { config } of links) expect(config.mtuBytes).toBeGreaterThanOrEqual(1_200);
  });
});

test("faults come in order, are over when all is healed, and new addresses are for mobile ones", () => {
  forEverySetting((setting, seed) => {
    const { healAtMs, stations } = setting;
    expect(healAtMs).toBeGreaterThanOrEqual(HEAL_FROM_MS);
    expect(healAtMs).toBeLessThanOrEqual(HEAL_UNTIL_MS);
    const plan = planFaults(seededRandom(seed), setting);
    const times = plan.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const { atMs, forMs, fault } of plan) {
      expect(atMs).toBeGreaterThanOrEqual(FAULTS_FROM_MS);
      expect(forMs).toBeGreaterThan(0);
      expect(atMs + forMs).toBeLessThanOrEqual(healAtMs);
      if (fault.kind !== "rebind") continue;
      expect(stations.find(({ name }) => name === fault.machine)?.isMobile).toBe(true);
    }
  });
});

test("every kind of traffic is drawn, and sends only what the receiver takes, but for one", () => {
  const random = seededRandom("traffic");
  const seen = new Set<string>();
  for (let i = 0; i < 1_000; i++) {
    const maxMessageBytes = 262_144 + 1_000 * i;
    const plans = drawTraffic({
      random,
      windowBytes: 4_096 + 100 * i,
      receiverMaxBytes: maxMessageBytes,
      maxMessageBytes,
      allowsHuge: true,
    });
    for (const { kind, opener, handler } of plans) {
      seen.add(kind);
      const longest = Math.max(0, ...opener.sends, ...handler.sends);
      if (kind === "oversized") expect(longest).toBe(maxMessageBytes + 1);
      else expect(longest).toBeLessThanOrEqual(maxMessageBytes);
    }
  }
  expect([...seen].toSorted()).toEqual(trafficKinds.map(({ name }) => name).toSorted());
});
