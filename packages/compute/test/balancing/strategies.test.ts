import { ManualClock, seededRandom } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import type { EndpointTraits } from "../../src/balancing/endpoint.ts";
import { fnv1a, ringPosition } from "../../src/balancing/key-hash.ts";
import { LoadBalancer } from "../../src/balancing/load-balancer.ts";
import type { BalancingStrategyName } from "../../src/balancing/strategy.ts";
import { present } from "../present.ts";

/** A balancer with endpoints a, b, c … of these traits. */
function balancerOf(
  strategy: BalancingStrategyName,
  traits: readonly EndpointTraits[],
): LoadBalancer {
  const parts = { clock: new ManualClock(), random: seededRandom(5) };
  const balancer = new LoadBalancer(parts, { strategy });
  for (const [i, trait] of traits.entries()) balancer.set(String.fromCodePoint(97 + i), trait);
  return balancer;
}

/** Whom so many requests go to, in order. */
function picks(balancer: LoadBalancer, count: number): string {
  return Array.from({ length: count }, () => balancer.select()).join("");
}

/** How often each one is picked. */
function shares(balancer: LoadBalancer, count: number): readonly number[] {
  const text = picks(balancer, count);
  return ["a", "b", "c"].map((id) => text.split(id).length - 1);
}

const three = [{}, {}, {}];

describe("round-robin", () => {
  test("goes in turn, and round those that are not available", () => {
    const balancer = balancerOf("round-robin", three);
    expect(picks(balancer, 6)).toBe("abcabc");
    balancer.set("b", { enabled: false });
    expect(shares(balancer, 100)).toEqual([50, 0, 50]);
  });
});

describe("weighted-round-robin", () => {
  test("spreads the heavy ones among the others instead of serving them in bursts", () => {
    const balancer = balancerOf("weighted-round-robin", [{ weight: 5 }, {}, {}]);
    expect(picks(balancer, 14)).toBe("aabacaaaabacaa");
  });

  test("gives exact shares, half of them to who is not well", () => {
    const balancer = balancerOf("weighted-round-robin", [
      { weight: 3 },
      { weight: 2, health: "degraded" },
      {},
    ]);
    expect(shares(balancer, 500)).toEqual([300, 100, 100]);
  });

  test.each([Number.NaN, 0, -1, Number.POSITIVE_INFINITY])(
    "takes a weight of %d for no weight in particular",
    (weight) => {
      const balancer = balancerOf("weighted-round-robin", [{ weight }, {}, {}]);
      expect(shares(balancer, 30)).toEqual([10, 10, 10]);
    },
  );
});

describe("least-connections", () => {
  test("goes to whom has the fewest requests, and in turn among equals", () => {
    const balancer = balancerOf("least-connections", three);
    const [first, second, third] = [0, 1, 2].map(() => present(balancer.reserve()));
    expect(new Set([first?.id, second?.id, third?.id]).size).toBe(3);
    second?.complete(true);
    expect([1, 2, 3].map(() => balancer.select())).toEqual([second?.id, second?.id, second?.id]);
  });

  test("by weight gives twice as many to who is twice as strong", () => {
    const balancer = balancerOf("weighted-least-connections", [{ weight: 2 }, {}]);
    for (let i = 0; i < 30; i++) balancer.reserve();
    expect(balancer.stats().map(({ connections }) => connections)).toEqual([20, 10]);
  });
});

describe("random", () => {
  test("goes to all alike", () => {
    for (const share of shares(balancerOf("random", three), 3_000)) {
      expect(Math.abs(share - 1_000)).toBeLessThan(120);
    }
  });

  test("by weight goes by weight", () => {
    const [a = 0, b = 0] = shares(balancerOf("weighted-random", [{ weight: 3 }, {}]), 4_000);
    expect(Math.abs(a - 3_000)).toBeLessThan(120);
    expect(a + b).toBe(4_000);
  });

  test("of two takes the freer one, so that the busiest of all gets nothing", () => {
    const balancer = balancerOf("power-of-two", three);
    const held = Array.from({ length: 300 }, () => present(balancer.reserve()));
    const counts = balancer.stats().map(({ connections }) => connections);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(10);
    for (const reservation of held) if (reservation.id !== "b") reservation.complete(true);
    expect(shares(balancer, 100)[1]).toBe(0);
  });
});

describe("consistent-hash", () => {
  const many = Array.from({ length: 10 }, () => ({}));
  const keys = Array.from({ length: 2_000 }, (_, i) => `customer-${i}`);
  const owners = (balancer: LoadBalancer): readonly string[] =>
    keys.map((routingKey) => present(balancer.select({ routingKey })));

  test("sends a key to the same endpoint, by the most specific key that there is", () => {
    const balancer = balancerOf("consistent-hash", many);
    const owner = balancer.select({ routingKey: "x" });
    for (let i = 0; i < 10; i++) {
      expect(balancer.select({ routingKey: "x", sessionId: `${i}`, requestId: `${i}` })).toBe(
        owner,
      );
    }
    expect(balancer.select({ sessionId: "x", requestId: "y" })).toBe(owner);
    expect(balancer.select({ requestId: "x" })).toBe(owner);
  });

  test("moves only the keys of who goes, and gives them back", () => {
    const balancer = balancerOf("consistent-hash", many);
    const before = owners(balancer);
    balancer.set("c", { enabled: false });
    const without = owners(balancer);
    for (const [i, owner] of before.entries()) {
      if (owner === "c") expect(without[i]).not.toBe("c");
      else expect(without[i]).toBe(owner);
    }
    balancer.remove("c");
    expect(owners(balancer)).toEqual(without);
    balancer.set("c");
    expect(owners(balancer)).toEqual(before);
  });

  test("shares keys fairly, and in turn where there is none", () => {
    const balancer = balancerOf("consistent-hash", many);
    const counts = new Map<string, number>();
    for (const owner of owners(balancer)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    expect(Math.min(...counts.values())).toBeGreaterThan(120);
    expect(Math.max(...counts.values())).toBeLessThan(300);
    expect(picks(balancer, 12)).toBe("abcdefghijab");
  });

  test("hashes as published: FNV-1a with 64 bits", () => {
    const hex = (text: string): string => {
      const { high, low } = fnv1a(text);
      return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
    };
    expect(["", "a", "foobar"].map((text) => hex(text))).toEqual([
      "cbf29ce484222325",
      "af63dc4c8601ec8c",
      "85944171f73967e8",
    ]);
    expect(ringPosition("a")).not.toBe(ringPosition("b"));
  });
});

describe("what was measured decides", () => {
  test("least-latency goes to whom answers fastest, and tries everybody once", async () => {
    const clock = new ManualClock();
    const balancer = new LoadBalancer({ clock }, { strategy: "least-latency" });
    for (const id of ["a", "b", "c"]) balancer.set(id);
    const tookMs: Record<string, number> = { a: 30, b: 10, c: 20 };
    const order: string[] = [];
    for (let i = 0; i < 6; i++) {
      const reservation = present(balancer.reserve());
      order.push(reservation.id);
      await clock.advance(tookMs[reservation.id] ?? 0);
      reservation.complete(true);
    }
    expect([order.slice(0, 3).toSorted().join(""), order.slice(3).join("")]).toEqual([
      "abc",
      "bbb",
    ]);
  });

  test("least-load goes to who has the least to do", () => {
    const balancer = balancerOf("least-load", [
      { cpuLoad: 0.9 },
      { cpuLoad: 0.2 },
      { memoryLoad: 0.9 },
    ]);
    expect(picks(balancer, 3)).toBe("bbb");
    balancer.set("b", { cpuLoad: Number.NaN, memoryLoad: 1 });
    expect(picks(balancer, 2)).toBe("cc");
  });

  test("adaptive goes by weight, with a key by that, and under high load by what is under way", async () => {
    const clock = new ManualClock();
    const balancer = new LoadBalancer({ clock }, { strategy: "adaptive" });
    balancer.set("a", { weight: 3 });
    balancer.set("b");
    expect(shares(balancer, 40)).toEqual([30, 10, 0]);
    const key = { routingKey: "x" };
    const owners = [1, 2, 3].map(() => balancer.select(key));
    expect(new Set(owners).size).toBe(1);
    for (const id of ["a", "b"]) balancer.set(id, { cpuLoad: 1, memoryLoad: 1 });
    expect([1, 2, 3].map(() => balancer.select(key))).toEqual(owners);
    // Half of the load is what came of requests: these take long, and fail.
    const slow = ["a", "b"].map((tag) => {
      balancer.set(tag, { tags: [tag] });
      return present(balancer.reserve({ requiredTags: [tag] }));
    });
    await clock.advance(1_000);
    for (const reservation of slow) reservation.complete(false);
    const held = [1, 2].map(() => present(balancer.reserve(key)).id);
    expect(held.toSorted()).toEqual(["a", "b"]);
  });
});

test("there is no other strategy", () => {
  expect(() => new LoadBalancer({}, { strategy: "best" as "random" })).toThrow(RangeError);
});
