import { describe, expect, test } from "vitest";

import type { MessageStream, Peer } from "../src/index.ts";
import { PacketType } from "../src/packet/header.ts";
import { askEcho, ECHO, pattern, same, type Station, text, TransportWorld } from "./world.ts";

/** Reads `count` echoes and says how many came right. */
async function echoes(stream: MessageStream, count: number, bytes: number): Promise<number> {
  for (let i = 0; i < count; i++) {
    if (!same(await stream.receive(), pattern(bytes + i))) return i;
  }
  return count;
}

/** Sends messages one after the other while `a` is given new outer addresses. */
async function roam(world: TransportWorld, a: Station, peer: Peer, times: number): Promise<number> {
  const stream = await world.act(a, () => peer.openStream(ECHO));
  const count = 40 * times;
  const reading = world.begin(a, () => echoes(stream, count, 3_000));
  const writing = world.begin(a, async () => {
    for (let i = 0; i < count; i++) await stream.sendBlocking(pattern(3_000 + i));
  });
  for (let i = 0; i < times; i++) {
    await world.sim.runFor(25);
    world.sim.network.rebind(a.node);
  }
  await world.sim.settle(writing);
  return (await world.sim.settle(reading)) as number;
}

describe("a peer whose address changes in mid-stream", () => {
  test.each([1, 2, 3, 4, 5])("loses nothing (seed %i)", async (seed) => {
    const world = new TransportWorld(seed, { latencyMs: 5 });
    const { a, b, peer } = await world.pair();
    const before = b.transport.peers()[0]?.address;
    expect(await roam(world, a, peer, 4)).toBe(160);
    const [there] = b.transport.peers();
    expect(there?.address).not.toBe(before);
    expect([a.events, b.events]).toEqual([["connected"], ["connected"]]);
    expect([a.transport.stats().sessions, b.transport.stats().sessions]).toEqual([1, 1]);
  });

  test("loses nothing on a bad network either", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = new TransportWorld(seed);
      const { a, b, peer } = await world.pair();
      world.sim.network.linkAll({ latencyMs: 8, jitterMs: 10, lossRate: 0.1, reorderRate: 0.1 });
      expect(await roam(world, a, peer, 3)).toBe(120);
      expect(b.transport.stats().sessions).toBe(1);
    }
  });

  test("is sent no more than three times what came from there before it has answered", async () => {
    const world = new TransportWorld(1, { latencyMs: 5 });
    const { a, b, peer } = await world.pair();
    const BULK = 7;
    b.transport.serve(BULK, (stream) => void stream.sendBlocking(pattern(2_000_000)));
    const stream = await world.act(a, () => peer.openStream(BULK));
    await world.act(a, () => stream.send(text("go")));
    await world.sim.runFor(30);
    const old = b.transport.peers()[0]?.address;
    let towards = 0;
    let from = 0;
    let answered = false;
    world.sim.network.tap(({ fromAddress, toAddress, datagram }) => {
      if (answered || datagram[0] !== PacketType.data) return;
      if (toAddress === b.transport.address && fromAddress !== old) from += datagram.length;
      if (fromAddress === b.transport.address && toAddress !== old) {
        towards += datagram.length;
        expect(towards).toBeLessThanOrEqual(3 * from);
      }
    });
    world.sim.network.rebind(a.node);
    await world.sim.runUntil(() => b.transport.peers()[0]?.address !== old);
    // One round trip for challenge and response; until then the path is unproven.
    await world.sim.runFor(8);
    answered = true;
    expect(towards).toBeGreaterThan(0);
    const received = await world.act(a, () => stream.receive());
    expect(received?.length).toBe(2_000_000);
  });
});

describe("a path", () => {
  test("does not flip back with packets of the old one that were overtaken", async () => {
    const world = new TransportWorld(1, { latencyMs: 5 });
    const { a, b, peer } = await world.pair();
    const old = b.transport.peers()[0]?.address;
    // What a sends now comes late, and under its old address.
    world.sim.network.link(a.node, b.node, { latencyMs: 60 }, { oneWay: true });
    await world.act(a, () => peer.openStream(ECHO).send(text("late")));
    await world.sim.runFor(2);
    world.sim.network.rebind(a.node);
    world.sim.network.link(a.node, b.node, { latencyMs: 5 }, { oneWay: true });
    await world.act(a, () => askEcho(peer, text("early")));
    const now = b.transport.peers()[0]?.address;
    expect(now).not.toBe(old);
    await world.sim.runFor(100);
    expect(b.transport.peers()[0]?.address).toBe(now);
    expect(b.transport.stats().streams).toBe(1);
  });

  test("that never answers is given up for the one before", async () => {
    const world = new TransportWorld(1, { latencyMs: 5 });
    const { a, b, peer } = await world.pair();
    const real = b.transport.peers()[0]?.address;
    // Somebody on the way sends a copy of each packet from elsewhere, a little faster.
    const copies = world.sim.network.tap(({ from, datagram }) => {
      if (from !== a.node.name) return undefined;
      const to = b.transport.address;
      world.sim.network.inject(datagram, { from: "10.9.9.9:999", to });
      return "drop";
    });
    const asked = world.begin(a, () => askEcho(peer, text("who is there?")));
    await world.sim.runUntil(() => b.transport.peers()[0]?.address === "10.9.9.9:999");
    copies[Symbol.dispose]();
    expect(await world.sim.settle(asked)).toEqual(text("who is there?"));
    await world.sim.runFor(500);
    expect(b.transport.peers()[0]?.address).toBe(real);
  });

  test("is not moved by packets that only ask about one", async () => {
    const world = new TransportWorld(1, { latencyMs: 5 });
    const { a, b, peer } = await world.pair();
    const { address } = peer;
    await world.act(a, () => askEcho(peer, text("hello")));
    world.sim.network.rebind(a.node);
    await world.act(a, () => askEcho(peer, text("hello again")));
    await world.sim.runFor(200);
    // a answered b's challenge; for a nothing has moved.
    expect(peer.address).toBe(address);
    expect(b.transport.stats().dropped).toEqual({});
  });
});
