import { expect, test } from "vitest";

import { PacketType, readSessionIndex } from "../src/packet/header.ts";
import { ECHO, readable, type Station, text, TransportWorld } from "./world.ts";

/**
 * The hint that a stranger without any key gets out of `a` about its session with `b`: `a` answers
 * packets of sessions that it does not know, and does not know the index that it has at `b`.
 */
async function trickedHint(
  world: TransportWorld,
  a: Station,
  toB: Uint8Array,
): Promise<Uint8Array> {
  expect(readSessionIndex(toB)).not.toBe(0);
  const stranger = world.sim.node("stranger");
  const driver = stranger.bind({ port: 6_666 });
  const hints: Uint8Array[] = [];
  driver.listen({ onDatagram: (datagram) => void hints.push(datagram.slice()), onError: () => {} });
  await world.sim.run(stranger, () => driver.send(toB.slice(), a.transport.address));
  await world.sim.runUntil(() => hints.length > 0, 1_000);
  return hints[0] ?? new Uint8Array();
}

/** The newest packet of a session that left for `b`. */
function listenIn(world: TransportWorld): { newest: Uint8Array } {
  const heard = { newest: new Uint8Array() };
  world.sim.network.tap(({ to, datagram }) => {
    if (to === "b" && datagram[0] === PacketType.data) heard.newest = datagram.slice();
  });
  return heard;
}

test("a stranger that gets a node to make up a hint about it harms no session", async () => {
  const world = new TransportWorld(1, { latencyMs: 5 });
  const heard = listenIn(world);
  const { a, b, peer } = await world.pair();
  await world.sim.runFor(500);
  const stream = peer.openStream(ECHO, { watched: true });
  const hint = await trickedHint(world, a, heard.newest);
  world.sim.network.inject(hint, { from: b.transport.address, to: a.transport.address });
  await world.sim.runFor(2_000);
  const answer = await world.act(a, () => {
    stream.send(text("still there?"));
    return stream.receive();
  });
  expect(readable(answer)).toBe("still there?");
  expect([a.events, b.events]).toEqual([["connected"], ["connected"]]);
});

test("doubts about a session end with it, and leave no timer", async () => {
  const world = new TransportWorld(1, { latencyMs: 300 });
  const heard = listenIn(world);
  const { a, b } = await world.pair();
  await world.sim.runFor(500);
  const hint = await trickedHint(world, a, heard.newest);
  for (let i = 0; i < 5; i++) {
    world.sim.network.inject(hint, { from: b.transport.address, to: a.transport.address });
  }
  const before = b.transport.stats().sessions;
  await world.sim.runUntil(() => b.transport.stats().sessions > before, 2_000);
  await world.sim.runFor(350);
  const pending = a.node.pendingTimers;
  await world.act(a, () => a.transport.close());
  expect([pending > 0, a.node.pendingTimers]).toEqual([true, 0]);
});

test("a peer that has lost the session, but not its process, is believed soon", async () => {
  const world = new TransportWorld(1, { latencyMs: 5 });
  const limits = { suspectAfterMs: 1_000, failAfterMs: 1_500, forgetAfterMs: 2_000 };
  const { a, b, peer } = await world.pair({ b: { limits } });
  const stream = peer.openStream(ECHO, { watched: true });
  const failed = world.begin(a, async () => {
    stream.send(text("anybody there?"));
    for (;;) await stream.receive();
  });
  await world.sim.runFor(200);
  world.sim.network.partition(a.node, b.node);
  await world.sim.runUntil(() => b.transport.stats().sessions === 0, 4_000);
  await world.sim.runFor(500);
  world.sim.network.heal();
  const healedAt = world.sim.now;
  expect(await world.sim.settle(failed, 1_000)).toMatchObject({
    kind: "session-lost",
    delivered: "maybe",
  });
  expect(world.sim.now - healedAt).toBeLessThan(500);
  expect(a.transport.stats().sessions).toBe(1);
  expect(peer.state).toBe("responsive");
});
