import { deferred, type Deferred, type NodeId } from "@selvage/core";
import { ManualClock, seededRandom } from "@selvage/testing";
import type { Peer } from "@selvage/transport";
import { describe, expect, test } from "vitest";

import type { Provider } from "../src/index.ts";
import { ProviderFilter } from "../src/selection/provider-filter.ts";
import { ProviderHealth } from "../src/selection/provider-health.ts";
import { WarmSessions } from "../src/selection/warm-sessions.ts";
import { provider } from "./providers.ts";

const own = provider(99).nodeId;

/** Sessions over a list of providers of every service. */
function bench(providers: readonly Provider[], seed = 1) {
  const clock = new ManualClock();
  const health = new ProviderHealth(clock, () => undefined);
  const peers = new Map<NodeId, Peer>();
  const dials: NodeId[] = [];
  const pending: Deferred<boolean>[] = [];
  /** Whom a dial reaches at once; the others' dials are left to the test. */
  const reachable = new Set<NodeId>();
  let tell = (): void => {};
  const known = [...providers];
  const warm = new WarmSessions({
    clock,
    random: seededRandom(seed),
    transport: { nodeId: own, peer: (nodeId) => peers.get(nodeId) },
    directory: { generation: 0, compatible: () => known, matching: () => known },
    health,
    onChange: (fn) => {
      tell = fn;
      return { [Symbol.dispose]: () => void (tell = () => {}) };
    },
    dial: ({ nodeId }) => {
      dials.push(nodeId);
      const dial = deferred<boolean>();
      if (reachable.has(nodeId)) {
        connect(nodeId);
        dial.resolve(true);
      } else {
        pending.push(dial);
      }
      return dial.promise;
    },
  });
  const connect = (nodeId: NodeId): void => {
    peers.set(nodeId, { nodeId, state: "responsive", isGoingAway: false } as Peer);
    tell();
  };
  return {
    clock,
    health,
    warm,
    dials,
    pending,
    reachable,
    known,
    connect,
    lose: (nodeId: NodeId) => {
      peers.delete(nodeId);
      tell();
    },
    names: (of: readonly NodeId[] = dials) =>
      of.map((nodeId) => providers.findIndex((one) => one.nodeId === nodeId)),
  };
}

describe("sessions", () => {
  test("are made with the two best providers of a service soon after its first call", async () => {
    const all = [provider(1, { priority: 2 }), provider(2), provider(3, { priority: 1 })];
    const { clock, warm, dials, reachable, names } = bench(all);
    for (const { nodeId } of all) reachable.add(nodeId);
    warm.called("greet", "1.0", undefined);
    expect(dials).toEqual([]);
    await clock.advance(100);
    expect(names()).toEqual([1, 2]);
    await clock.advance(60_000);
    expect(dials).toHaveLength(2);
  });

  test("that stand are as good as any of the class, and nobody is dialled", async () => {
    const all = Array.from({ length: 9 }, (_, n) => provider(n + 1));
    const { clock, warm, dials, connect } = bench(all);
    for (const { nodeId } of all.slice(3, 5)) connect(nodeId);
    warm.called("greet", "1.0", undefined);
    await clock.advance(60_000);
    expect(dials).toEqual([]);
  });

  test("spread over equals: callers choose different ones, each always the same", async () => {
    const all = Array.from({ length: 6 }, (_, n) => provider(n + 1));
    const choice = async (): Promise<readonly number[]> => {
      const { clock, warm, reachable, names } = bench(all);
      for (const { nodeId } of all) reachable.add(nodeId);
      warm.called("greet", "1.0", undefined);
      await clock.advance(1_000);
      return names();
    };
    expect(await choice()).toEqual(await choice());
    expect(await choice()).toHaveLength(2);
  });

  test("that are lost are dialled again, not all callers at once", async () => {
    const all = [provider(1), provider(2)];
    const times = new Set<number>();
    for (let seed = 1; seed <= 5; seed++) {
      const { clock, warm, dials, reachable, lose } = bench(all, seed);
      for (const { nodeId } of all) reachable.add(nodeId);
      warm.called("greet", "1.0", undefined);
      await clock.advance(2_000);
      const since = clock.now();
      lose(provider(1).nodeId);
      while (dials.length < 3 && clock.now() - since < 2_000) await clock.advance(10);
      expect(dials.at(-1)).toBe(provider(1).nodeId);
      times.add(clock.now() - since);
    }
    expect(times.size).toBeGreaterThan(2);
  });

  test("are dialled the more rarely the more often that failed", async () => {
    const only = provider(1);
    const { clock, warm, dials, pending } = bench([only]);
    warm.called("greet", "1.0", undefined);
    const times: number[] = [];
    for (let i = 0; i < 600; i++) {
      await clock.advance(100);
      if (pending.length > 0) times.push(clock.now());
      for (const dial of pending.splice(0)) dial.resolve(false);
    }
    const gaps = times.slice(1).map((at, n) => at - (times[n] ?? 0));
    expect(dials.length).toBeLessThan(8);
    expect(gaps.at(-1)).toBeGreaterThan(15_000);
  });

  test("are not dialled with who is avoided, silent or leaving; the next best is", async () => {
    const all = [provider(1), provider(2, { priority: 1 }), provider(3, { priority: 2 })];
    const { clock, warm, health, reachable, names } = bench(all);
    for (const { nodeId } of all) reachable.add(nodeId);
    health.verdict(provider(1).nodeId);
    warm.called("greet", "1.0", undefined);
    await clock.advance(200);
    expect(names()).toEqual([1, 2]);
    await clock.advance(10_000);
    expect(names()).toEqual([1, 2]);
  });

  test("are not kept for a service that was not called for ten minutes", async () => {
    const only = provider(1);
    const { clock, warm, dials, reachable, lose } = bench([only]);
    reachable.add(only.nodeId);
    warm.called("greet", "1.0", undefined);
    await clock.advance(300_000);
    warm.called("greet", "1.0", undefined);
    await clock.advance(599_000);
    lose(only.nodeId);
    await clock.advance(900);
    expect(clock.pending).toBeLessThanOrEqual(1);
    await clock.advance(1_000);
    const before = dials.length;
    lose(only.nodeId);
    await clock.advance(60_000);
    expect(dials).toHaveLength(before);
    expect(clock.pending).toBe(0);
  });

  test("are kept for a bounded number of services, the latest called", async () => {
    const { clock, warm } = bench([]);
    const asked: string[] = [];
    const filter = new ProviderFilter({ trust: undefined });
    filter.apply = (_, service) => {
      asked.push(service);
      return [];
    };
    for (let n = 0; n < 100; n++) {
      await clock.advance(n === 99 ? 1_000 : 0.1);
      warm.called(`service-${n}`, "1.0", filter);
    }
    asked.length = 0;
    await clock.advance(100);
    expect(asked).toEqual(Array.from({ length: 64 }, (_, n) => `service-${n + 36}`));
  });

  test("are made with those only to whom the latest call could go", async () => {
    const all = [provider(1), provider(2)];
    const { clock, warm, reachable, names } = bench(all);
    for (const { nodeId } of all) reachable.add(nodeId);
    const trusted = all[1]?.entityId.join();
    const filter = new ProviderFilter({ trust: (entityId) => entityId.join() === trusted });
    warm.called("greet", "1.0", filter);
    await clock.advance(60_000);
    expect(names()).toEqual([1]);
  });

  test("take four handshakes at a time", async () => {
    const all = Array.from({ length: 8 }, (_, n) => provider(n + 1));
    const { clock, warm, dials, pending, known } = bench(all);
    for (let n = 0; n < 4; n++) {
      known.splice(0, known.length, ...all.slice(2 * n, 2 * n + 2));
      warm.called(`service-${n}`, "1.0", undefined);
      await clock.advance(4_000);
    }
    expect(dials).toHaveLength(4);
    for (const dial of pending.splice(0)) dial.resolve(true);
    await clock.advance(4_000);
    expect(dials.length).toBeGreaterThan(4);
  });

  test("leave no timer behind", async () => {
    const { clock, warm } = bench([provider(1)]);
    warm.called("greet", "1.0", undefined);
    await clock.advance(200);
    warm[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  });
});
