import { ManualClock, seededRandom } from "@selvage/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Provider } from "../src/index.ts";
import { createLeastLoaded } from "../src/selection/least-loaded.ts";
import { createLowestLatency } from "../src/selection/lowest-latency.ts";
import { type LoadRecord, ProviderLoads } from "../src/selection/provider-loads.ts";
import type { Selector } from "../src/selection/selector.ts";
import { provider, shares } from "./providers.ts";

interface Bench {
  readonly clock: ManualClock;
  readonly loads: ProviderLoads;
  readonly lowestLatency: Selector;
  readonly leastLoaded: Selector;
  measure(one: Provider, ms: number): void;
  start(one: Provider): LoadRecord;
}

function bench(seed = 1): Bench {
  const clock = new ManualClock();
  const loads = new ProviderLoads(clock);
  const random = seededRandom(seed);
  const start = ({ nodeId }: Provider): LoadRecord => loads.started("greet", nodeId);
  return {
    clock,
    loads,
    lowestLatency: createLowestLatency(loads, random),
    leastLoaded: createLeastLoaded(loads, random),
    measure: (one, ms) => {
      const record = start(one);
      loads.measured(record, clock.now(), ms, "ok");
      loads.ended(record);
    },
    start,
  };
}

const [one, two, three] = [provider(1), provider(2), provider(3)] as const;

describe("lowest-latency", () => {
  test("takes the fastest, whatever its weight", () => {
    const { lowestLatency, measure } = bench();
    const heavy = provider(4, { weight: 9 });
    measure(heavy, 20);
    measure(one, 10);
    measure(two, 15);
    expect(shares(lowestLatency, [heavy, one, two], 50)).toEqual([0, 50, 0]);
  });

  test("goes by weight as long as nobody is measured", () => {
    const { lowestLatency } = bench();
    const [light = 0] = shares(lowestLatency, [one, provider(4, { weight: 3 })], 4_000);
    expect(light).toBeGreaterThan(880);
    expect(light).toBeLessThan(1_120);
  });

  test("measures a newcomer with one call in twenty, one at a time", () => {
    const { lowestLatency, measure, start } = bench();
    measure(one, 10);
    const [, newcomer = 0] = shares(lowestLatency, [one, two], 10_000);
    expect(newcomer).toBeGreaterThan(400);
    expect(newcomer).toBeLessThan(600);
    start(two);
    expect(shares(lowestLatency, [one, two], 500)).toEqual([500, 0]);
  });

  test("notices that one has become faster, or slower", async () => {
    const { clock, lowestLatency, loads } = bench();
    const takes = new Map([
      [one, 10],
      [two, 50],
    ]);
    const call = async (): Promise<Provider> => {
      const picked = lowestLatency.select("greet", [one, two]);
      const ms = takes.get(picked) ?? 0;
      const record = loads.started("greet", picked.nodeId);
      await clock.advance(ms);
      loads.measured(record, clock.now(), ms, "ok");
      loads.ended(record);
      return picked;
    };
    const favourite = async (): Promise<Provider> => {
      const picks: Provider[] = [];
      for (let i = 0; i < 1_000; i++) picks.push(await call());
      const last = picks.slice(-100);
      return last.filter((picked) => picked === one).length > 50 ? one : two;
    };
    expect(await favourite()).toBe(one);
    takes.set(two, 1);
    await clock.advance(10_000);
    expect(await favourite()).toBe(two);
    takes.set(two, 300);
    expect(await favourite()).toBe(one);
  });
});

describe("least-loaded", () => {
  test("takes of two drawn ones that with less under way, if they are equally fast", () => {
    const { leastLoaded, measure, start } = bench();
    for (const each of [one, two]) measure(each, 10);
    start(one);
    expect(shares(leastLoaded, [one, two], 50)).toEqual([0, 50]);
  });

  test("weighs what is under way with how long it takes, and by weight", () => {
    const { leastLoaded, measure, start } = bench();
    const heavy = provider(4, { weight: 4 });
    measure(one, 10);
    measure(two, 35);
    measure(heavy, 35);
    for (let i = 0; i < 2; i++) start(one);
    // 3 × 10 against 1 × 35, and against a quarter of that.
    expect(shares(leastLoaded, [one, two], 20)).toEqual([20, 0]);
    expect(shares(leastLoaded, [one, heavy], 20)).toEqual([0, 20]);
    start(one);
    expect(shares(leastLoaded, [one, two], 20)).toEqual([0, 20]);
  });

  test("never takes the worst, and draws every other pair", () => {
    const { leastLoaded, measure } = bench();
    for (const [each, ms] of [
      [one, 10],
      [two, 20],
      [three, 30],
    ] as const) {
      measure(each, ms);
    }
    const [first = 0, second = 0, third = 0] = shares(leastLoaded, [one, two, three], 3_000);
    expect(third).toBe(0);
    expect(first / second).toBeGreaterThan(1.7);
    expect(first / second).toBeLessThan(2.3);
  });

  test("takes one that was never measured for as fast as the other", () => {
    const { leastLoaded, measure, start } = bench();
    measure(one, 10);
    const [known = 0] = shares(leastLoaded, [one, two], 1_000);
    expect(known).toBeGreaterThan(400);
    expect(known).toBeLessThan(600);
    start(two);
    expect(shares(leastLoaded, [one, two], 50)).toEqual([50, 0]);
  });

  test("tries one that was slow long ago again, with one call", async () => {
    const { clock, leastLoaded, measure, start } = bench();
    measure(one, 1);
    measure(two, 500);
    expect(shares(leastLoaded, [one, two], 50)).toEqual([50, 0]);
    await clock.advance(10_000);
    measure(one, 1);
    start(one);
    expect(leastLoaded.select("greet", [one, two])).toBe(two);
    start(two);
    expect(shares(leastLoaded, [one, two], 50)).toEqual([50, 0]);
  });

  test("keeps queues short where random choice does not", () => {
    const longest = (pick: (bench: Bench, all: readonly Provider[]) => Provider): number => {
      const self = bench(7);
      const all = Array.from({ length: 50 }, (_, n) => provider(n + 1));
      for (const each of all) self.measure(each, 10);
      for (let i = 0; i < 500; i++) self.start(pick(self, all));
      return Math.max(...all.map(({ nodeId }) => self.loads.of("greet", nodeId)?.inFlight ?? 0));
    };
    const random = seededRandom(7);
    const byChance = longest((_, all) => all[Math.floor(random.next() * all.length)] ?? one);
    const byLoad = longest(({ leastLoaded }, all) => leastLoaded.select("greet", all));
    expect(byLoad).toBeLessThanOrEqual(12);
    expect(byChance).toBeGreaterThan(14);
  });
});

test("every policy picks one of those it is given", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.nat(5)),
      fc.nat(),
      (count, busy, seed) => {
        const self = bench(seed);
        const all = Array.from({ length: count }, (_, n) => provider(n + 1));
        for (const n of busy) self.start(provider(n + 1));
        for (const selector of [self.lowestLatency, self.leastLoaded]) {
          expect(all).toContain(selector.select("greet", all));
        }
      },
    ),
  );
});
