import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { ProviderLoads } from "../src/selection/provider-loads.ts";
import { provider } from "./providers.ts";

const { nodeId } = provider(1);

function bench(): {
  readonly clock: ManualClock;
  readonly loads: ProviderLoads;
  /** Makes an attempt that takes so long. */
  attempt(ms: number, outcome?: string): Promise<void>;
  latency(): number | undefined;
} {
  const clock = new ManualClock();
  const loads = new ProviderLoads(clock);
  return {
    clock,
    loads,
    attempt: async (ms, outcome = "ok") => {
      const record = loads.started("greet", nodeId);
      await clock.advance(ms);
      loads.measured(record, clock.now(), ms, outcome);
      loads.ended(record);
    },
    latency: () => loads.of("greet", nodeId)?.latencyMs,
  };
}

describe("the latency of a provider", () => {
  test("is unknown at first, and then what was measured", async () => {
    const { attempt, latency } = bench();
    expect(latency()).toBeUndefined();
    await attempt(40);
    expect(latency()).toBe(40);
  });

  test("of measurements at one time is their plain mean", () => {
    const { clock, loads, latency } = bench();
    for (const ms of [10, 20, 60])
      loads.measured(loads.started("greet", nodeId), clock.now(), ms, "ok");
    expect(latency()).toBeCloseTo(30);
  });

  test("forgets by a factor of e in ten seconds, however many measurements there are", async () => {
    for (const count of [1, 1_000]) {
      const { clock, loads, latency } = bench();
      const measure = (ms: number): void => {
        for (let i = 0; i < count; i++)
          loads.measured(loads.started("greet", nodeId), clock.now(), ms, "ok");
      };
      measure(100);
      await clock.advance(10_000);
      measure(0);
      expect(latency()).toBeCloseTo(100 / (1 + Math.E));
    }
  });

  test("is told by answers only, the handler's own errors among them", async () => {
    const { attempt, latency } = bench();
    await attempt(100, "application");
    for (const outcome of ["internal", "unavailable", "backpressure", "draining", "denied"]) {
      await attempt(1, outcome);
    }
    expect(latency()).toBe(100);
  });

  test("is at least the time after which a call was given up", async () => {
    const { attempt, latency } = bench();
    await attempt(5, "cancelled");
    expect(latency()).toBeUndefined();
    await attempt(50, "timeout");
    expect(latency()).toBe(50);
    for (const outcome of ["timeout", "cancelled", "superseded"]) await attempt(20, outcome);
    expect(latency()).toBe(50);
    await attempt(1_000, "superseded");
    expect(latency()).toBeGreaterThan(500);
  });

  test("has to be measured at first, and again after ten seconds", async () => {
    const { clock, loads, attempt } = bench();
    const isDue = (): boolean => loads.isDue(loads.of("greet", nodeId));
    expect(isDue()).toBe(true);
    await attempt(10);
    expect(isDue()).toBe(false);
    await clock.advance(9_999);
    expect(isDue()).toBe(false);
    await clock.advance(1);
    expect(isDue()).toBe(true);
  });
});

test("attempts under way are counted per service and provider, however they end", () => {
  const { clock, loads } = bench();
  const inFlight = (service: string): number => loads.of(service, nodeId)?.inFlight ?? 0;
  const attempts = ["ok", "timeout", "cancelled"].map((outcome) => ({
    outcome,
    record: loads.started("greet", nodeId),
  }));
  loads.started("other", nodeId);
  loads.started("greet", provider(2).nodeId);
  expect([inFlight("greet"), inFlight("other")]).toEqual([3, 1]);
  for (const { record, outcome } of attempts) loads.measured(record, clock.now(), 1, outcome);
  expect([inFlight("greet"), inFlight("other")]).toEqual([3, 1]);
  for (const { record } of attempts) loads.ended(record);
  expect([inFlight("greet"), inFlight("other")]).toEqual([0, 1]);
});

test("a bounded number of services and providers is remembered, the latest", () => {
  const { loads } = bench();
  for (let n = 0; n < 10_000; n++) {
    loads.ended(loads.started(`service-${n}`, nodeId));
  }
  const known = Array.from({ length: 10_000 }, (_, n) => loads.of(`service-${n}`, nodeId));
  expect(known.filter((record) => record !== undefined)).toHaveLength(4_096);
  expect(known.at(-1)).toBeDefined();
});
