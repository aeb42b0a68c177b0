import { describe, expect, test } from "vitest";

import type { Peer } from "../src/index.ts";
import { PacketType } from "../src/packet/header.ts";
import { askEcho, ECHO, pattern, same, type Station, TransportWorld } from "./world.ts";

/** Asks for echoes one after the other for a while; gives how many came, and fails on a wrong one. */
async function load(station: Station, peer: Peer, forMs: number): Promise<number> {
  const { clock } = station.node;
  const until = clock.now() + forMs;
  let answers = 0;
  while (clock.now() < until) {
    const message = pattern(answers % 5_000);
    if (!same(await askEcho(peer, message), message)) throw new Error("a wrong echo");
    answers++;
    await clock.sleep(1);
  }
  return answers;
}

/** The key phase bits that were seen on the wire, as they changed. */
function phases(world: TransportWorld): number[] {
  const seen: number[] = [];
  world.sim.network.tap(({ datagram }) => {
    if (datagram[0] !== PacketType.data) return;
    const bit = (datagram[2] ?? 0) & 1;
    if (seen.at(-1) !== bit) seen.push(bit);
  });
  return seen;
}

describe.each([
  ["a good network", {}],
  ["a bad one", { jitterMs: 15, lossRate: 0.1, reorderRate: 0.2, duplicateRate: 0.1 }],
])("under load on %s", (_, link) => {
  test("keys go on from phase to phase, and no packet is lost for it", async () => {
    const world = new TransportWorld(3, { latencyMs: 5 });
    const limits = { keyPhasePackets: 100 };
    const { a, b, peer } = await world.pair({ a: { limits }, b: { limits } });
    world.sim.network.linkAll(link);
    const seen = phases(world);
    expect(await world.act(a, () => load(a, peer, 20_000))).toBeGreaterThan(200);
    expect(seen.length).toBeGreaterThan(4);
    const { dropped, violations } = b.transport.stats();
    expect([dropped.unauthenticated ?? 0, violations]).toEqual([
      Object.keys(link).length === 0 ? 0 : expect.any(Number),
      {},
    ]);
    for (const { events } of [a, b]) {
      expect(events.filter((type) => type.endsWith("connected"))).toEqual(["connected"]);
    }
  });

  test("a session is replaced when it is old, and no call notices", async () => {
    const world = new TransportWorld(4, { latencyMs: 5 });
    const { a, b, peer } = await world.pair({ a: { limits: { sessionLifetimeMs: 3_000 } } });
    world.sim.network.linkAll(link);
    let handshakes = 0;
    world.sim.network.tap(({ datagram }) => {
      if (datagram[0] === PacketType.response) handshakes++;
    });
    expect(await world.act(a, () => load(a, peer, 20_000))).toBeGreaterThan(200);
    expect(handshakes).toBeGreaterThanOrEqual(4);
    // The session before lives on for a moment, until everybody knows of the new one.
    await world.sim.runUntil(() => a.transport.stats().sessions === 1, 3_000);
    await world.sim.runUntil(() => b.transport.stats().sessions === 1, 3_000);
    for (const { events } of [a, b]) {
      expect(events.filter((type) => type.endsWith("connected"))).toEqual(["connected"]);
    }
  });
});

test("a session whose streams live long is renewed once, not again and again", async () => {
  const world = new TransportWorld(6, { latencyMs: 5 });
  const { a, b, peer } = await world.pair({ a: { limits: { sessionLifetimeMs: 20_000 } } });
  const stream = peer.openStream(ECHO);
  await world.act(a, () => {
    stream.send(pattern(3));
    return stream.receive();
  });
  let handshakes = 0;
  world.sim.network.tap(({ datagram }) => {
    if (datagram[0] === PacketType.response) handshakes++;
  });
  await world.sim.runFor(65_000);
  expect(handshakes).toBe(3);
  expect(b.transport.stats().sessions).toBeLessThanOrEqual(3);
});

test("only the end that dialled renews a session", async () => {
  const world = new TransportWorld(5, { latencyMs: 5 });
  const { a, b } = await world.pair({ b: { limits: { sessionLifetimeMs: 1_000 } } });
  const before = a.transport.stats().datagramsReceived;
  await world.sim.runFor(10_000);
  expect([a.transport.stats().sessions, b.transport.stats().sessions]).toEqual([1, 1]);
  expect(a.transport.stats().datagramsReceived - before).toBeLessThan(60);
});
