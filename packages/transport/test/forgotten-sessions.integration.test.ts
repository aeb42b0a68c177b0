import { expect, test } from "vitest";

import { PacketType, readSessionIndex } from "../src/packet/header.ts";
import { ECHO, readable, text, TransportWorld } from "./world.ts";

test("a stranger that gets a node to make up a hint about it harms no session", async () => {
  const world = new TransportWorld(1, { latencyMs: 5 });
  let toB = new Uint8Array();
  world.sim.network.tap(({ to, datagram }) => {
    if (to === "b" && datagram[0] === PacketType.data) toB = datagram.slice();
  });
  const { a, b, peer } = await world.pair();
  await world.sim.runFor(500);
  const stream = peer.openStream(ECHO, { watched: true });
  // The stranger has no key, but `a` answers packets of sessions that it does not know with a
  // hint, and does not know the session under the index that it has at `b`.
  const stranger = world.sim.node("stranger");
  const driver = stranger.bind({ port: 6_666 });
  let hint: Uint8Array | undefined;
  driver.listen({
    onDatagram: (datagram) => {
      hint = datagram.slice();
    },
    onError: () => {},
  });
  expect(readSessionIndex(toB)).not.toBe(0);
  await world.sim.run(stranger, () => driver.send(toB.slice(), a.transport.address));
  await world.sim.runUntil(() => hint !== undefined, 100);
  world.sim.network.inject(hint!, { from: b.transport.address, to: a.transport.address });
  await world.sim.runFor(2_000);
  const answer = await world.act(a, () => {
    stream.send(text("still there?"));
    return stream.receive();
  });
  expect(readable(answer)).toBe("still there?");
  expect([a.events, b.events]).toEqual([["connected"], ["connected"]]);
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
