import { describe, expect, test } from "vitest";

import { askEcho, orderedIdentities, pattern, serveEcho, TransportWorld } from "./world.ts";

describe("events about a peer", () => {
  test("say that it is responsive again when a silence was long enough to suspect it", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    world.sim.network.partition(a.node, b.node);
    await world.sim.runFor(5_000);
    world.sim.network.heal();
    await world.sim.runFor(2_000);
    expect(a.events).toEqual(["connected", "unresponsive", "suspected", "recovered", "responsive"]);
    expect(peer.state).toBe("responsive");
  });

  test("say that it is responsive when that comes by a new session beside a silent one", async () => {
    const world = new TransportWorld();
    const [lower, higher] = orderedIdentities();
    const low = world.start("low", { identity: lower });
    const high = world.start("high", { identity: higher });
    await world.connect(high, low);
    world.sim.network.partition(low.node, high.node);
    await world.sim.runUntil(() => low.events.includes("failed"));
    world.sim.network.heal();
    await world.connect(low, high);
    await world.sim.runFor(500);
    expect(low.events.slice(-3)).toEqual(["failed", "recovered", "responsive"]);
  });

  test("do not take a standstill of our own for a sign of life", async () => {
    const world = new TransportWorld();
    const { a, b } = await world.pair();
    const c = world.start("c");
    serveEcho(c);
    const chatty = await world.connect(a, c);
    void world.begin(a, async () => {
      for (;;) await askEcho(chatty, pattern(10));
    });
    world.sim.kill(b.node);
    await world.sim.runUntil(() => a.events.includes("suspected"));
    for (let i = 0; i < 10; i++) {
      world.sim.spend(a.node, 800);
      await world.sim.runFor(900);
    }
    expect(a.events).not.toContain("recovered");
  });

  test("say once that it is going away, however often the peer says so", async () => {
    const world = new TransportWorld(3, { duplicateRate: 0.5 });
    const { a, b } = await world.pair();
    b.transport.goAway();
    await world.act(b, () => b.transport.close());
    await world.sim.runFor(500);
    expect(a.events).toEqual(["connected", "goodbye", "disconnected"]);
  });
});
