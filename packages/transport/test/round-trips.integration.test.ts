import { describe, expect, test } from "vitest";

import { PacketType } from "../src/packet/header.ts";
import { askEcho, serveEcho, text, TransportWorld } from "./world.ts";

describe("the round trip that a session starts from", () => {
  test.each([30, 60, 80, 100, 150, 400])(
    "is never too small, however often the handshake was repeated (%i ms each way)",
    async (latencyMs) => {
      const world = new TransportWorld(4, { latencyMs });
      const { b, peer } = await world.pair();
      expect(peer.rttMs).toBeGreaterThanOrEqual(2 * latencyMs);
      const [back] = b.transport.peers();
      expect(back?.rttMs).toBeGreaterThanOrEqual(2 * latencyMs);
    },
  );

  test("is forgotten with the first packet that measures the path", async () => {
    const world = new TransportWorld(4, { latencyMs: 10 });
    const [a, b] = [world.start("a"), world.start("b")];
    serveEcho(b);
    let dropped = 0;
    world.sim.network.tap(({ datagram }) =>
      datagram[0] === PacketType.init && dropped++ < 3 ? "drop" : undefined,
    );
    const peer = await world.connect(a, b);
    expect(peer.rttMs).toBeGreaterThan(200);
    await world.act(a, () => askEcho(peer, text("how far?")));
    await world.sim.runFor(100);
    expect(peer.rttMs).toBeGreaterThanOrEqual(20);
    expect(peer.rttMs).toBeLessThan(30);
  });
});

test.each([300, 1_000])(
  "a lost peer is noticed within 300 ms after a standstill of our own (%i ms)",
  async (stallMs) => {
    const world = new TransportWorld(14, { latencyMs: 1 });
    const { a, b, peer } = await world.pair();
    await world.sim.runFor(3_000);
    const asked = world.begin(a, () => askEcho(peer, text("before")));
    await world.sim.runFor(0.5);
    world.sim.freeze(a.node);
    await world.sim.runFor(stallMs);
    world.sim.thaw(a.node);
    expect(await world.sim.settle(asked)).toEqual(text("before"));
    await world.sim.runFor(20);
    const before = a.events.filter((type) => type === "unresponsive").length;
    world.sim.freeze(b.node);
    const frozenAt = world.sim.now;
    void world.begin(a, () => askEcho(peer, text("after")));
    await world.sim.runUntil(
      () => a.events.filter((type) => type === "unresponsive").length > before,
      10_000,
    );
    expect(world.sim.now - frozenAt).toBeLessThanOrEqual(300);
  },
);
