import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { LoadBalancer, type LoadBalancerConfig } from "../../src/balancing/load-balancer.ts";
import { DEFAULT_CIRCUIT_FAILURES, DEFAULT_CIRCUIT_OPEN_MS } from "../../src/defaults.ts";
import { present } from "../present.ts";

function setUp(config: LoadBalancerConfig = {}, ids = ["a", "b"]) {
  const clock = new ManualClock();
  const balancer = new LoadBalancer({ clock }, config);
  for (const id of ids) balancer.set(id);
  return { clock, balancer };
}

describe("an endpoint gets no requests", () => {
  test("while it is disabled, unhealthy or of unknown health", () => {
    const { balancer } = setUp();
    for (const traits of [
      { enabled: false },
      { health: "unhealthy" as const },
      { health: "unknown" as const },
    ]) {
      balancer.replace("a", traits);
      expect([balancer.select(), balancer.select()]).toEqual(["b", "b"]);
    }
    balancer.replace("a", { health: "degraded" });
    expect(new Set([balancer.select(), balancer.select()])).toEqual(new Set(["a", "b"]));
  });

  test("without the tags that a request requires", () => {
    const { balancer } = setUp();
    balancer.set("b", { tags: ["gpu", "fast"] });
    const pick = (requiredTags: readonly string[]) => balancer.select({ requiredTags });
    expect([pick(["gpu"]), pick(["gpu", "fast"]), pick(["disk"])]).toEqual(["b", "b", undefined]);
  });

  test("beyond its limit, until one is over", () => {
    const { balancer } = setUp({ maxConnections: 2 }, ["a"]);
    const held = [balancer.reserve(), balancer.reserve()].map((taken) => present(taken));
    expect([balancer.reserve(), balancer.select()]).toEqual([undefined, undefined]);
    const [first] = held;
    first?.complete(true);
    first?.complete(false);
    expect(present(balancer.reserve()).id).toBe("a");
    expect(balancer.reserve()).toBeUndefined();
  });
});

describe("zones", () => {
  const zoned = (config: LoadBalancerConfig = {}): LoadBalancer => {
    const { balancer } = setUp(config, []);
    for (const zone of ["east", "west", "north"]) balancer.set(zone, { zone });
    return balancer;
  };

  test("of the client are preferred, unless the request prefers others", () => {
    const balancer = zoned();
    expect(balancer.select({ clientZone: "west" })).toBe("west");
    const preferredZones = ["north", "east"];
    const chosen = [1, 2].map(() => balancer.select({ clientZone: "west", preferredZones }));
    expect(new Set(chosen)).toEqual(new Set(["east", "north"]));
  });

  test("others are used if need be, or not at all", () => {
    expect(zoned().select({ clientZone: "south" })).toBe("east");
    expect(zoned({ zoneFallback: false }).select({ clientZone: "south" })).toBeUndefined();
  });
});

describe("a circuit", () => {
  const fail = (balancer: LoadBalancer, times: number): void => {
    for (let i = 0; i < times; i++) present(balancer.reserve()).complete(false);
  };

  test("opens after failures in a row, and lets one request find out after a while", async () => {
    const { clock, balancer } = setUp({}, ["a"]);
    fail(balancer, DEFAULT_CIRCUIT_FAILURES - 1);
    present(balancer.reserve()).complete(true);
    fail(balancer, DEFAULT_CIRCUIT_FAILURES - 1);
    expect(balancer.select()).toBe("a");
    fail(balancer, 1);
    expect([balancer.select(), balancer.reserve()]).toEqual([undefined, undefined]);
    await clock.advance(DEFAULT_CIRCUIT_OPEN_MS);
    const probe = present(balancer.reserve());
    expect([balancer.select(), balancer.reserve()]).toEqual([undefined, undefined]);
    probe.complete(true);
    expect([balancer.select(), balancer.stats()[0]?.isCircuitOpen]).toEqual(["a", false]);
  });

  test("stays open as long again if that one fails", async () => {
    const { clock, balancer } = setUp({}, ["a"]);
    fail(balancer, DEFAULT_CIRCUIT_FAILURES);
    await clock.advance(DEFAULT_CIRCUIT_OPEN_MS);
    present(balancer.reserve()).complete(false);
    await clock.advance(DEFAULT_CIRCUIT_OPEN_MS - 1);
    expect(balancer.select()).toBeUndefined();
    await clock.advance(1);
    expect(balancer.select()).toBe("a");
  });

  test("lets another one find out if that one was taken back, and ignores late answers", async () => {
    const { clock, balancer } = setUp({}, ["a"]);
    const late = present(balancer.reserve());
    fail(balancer, DEFAULT_CIRCUIT_FAILURES);
    await clock.advance(DEFAULT_CIRCUIT_OPEN_MS);
    present(balancer.reserve())[Symbol.dispose]();
    const probe = present(balancer.reserve());
    late.complete(true);
    expect(balancer.select()).toBeUndefined();
    probe.complete(true);
    expect(balancer.select()).toBe("a");
  });
});

describe("figures", () => {
  test("tell what is under way and how it went; a new endpoint in its place begins anew", async () => {
    const { clock, balancer } = setUp({}, ["a"]);
    const held = present(balancer.reserve());
    await clock.advance(10);
    present(balancer.reserve()).complete(false);
    held.complete(true);
    balancer.reserve();
    const [figures] = balancer.stats();
    expect(figures).toMatchObject({ id: "a", connections: 1, averageMs: 2 });
    expect(figures?.errorRate).toBeCloseTo(0.8);
    balancer.replace("a");
    expect(balancer.stats()).toMatchObject([{ connections: 0, averageMs: 0, errorRate: 0 }]);
  });

  test("limits that make no sense are refused", () => {
    for (const config of [{ maxConnections: 0 }, { circuitFailures: 0 }, { circuitOpenMs: -1 }]) {
      expect(() => new LoadBalancer({}, config)).toThrow(RangeError);
    }
  });
});
