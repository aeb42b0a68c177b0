import { expect, test } from "vitest";

import type { MessageStream } from "../src/index.ts";
import { askEcho, ECHO, pattern, TransportWorld } from "./world.ts";

const HELD = 2;

test("a stream's stats follow its messages from the queue to the reader", async () => {
  const world = new TransportWorld();
  const { a, b, peer } = await world.pair();
  const held: MessageStream[] = [];
  b.transport.serve(HELD, (stream) => void held.push(stream));
  const stream = peer.openStream(HELD);
  await world.act(a, () => {
    for (let i = 0; i < 3; i++) stream.send(pattern(100));
    expect(stream.stats()).toEqual({
      reliability: "reliable",
      messagesSent: 3,
      bytesSent: 300,
      messagesReceived: 0,
      bytesReceived: 0,
      queuedBytes: 314,
      unackedBytes: 0,
      unreadBytes: 0,
      windowLeftBytes: 65_536 - 314,
      grantedBytes: 65_536,
      backpressureCount: 0,
      retransmittedBytes: 0,
      messagesLost: 0,
      messagesDropped: 0,
    });
  });
  expect(stream.stats()).toMatchObject({ queuedBytes: 0, unackedBytes: 314 });
  await world.sim.runFor(50);
  expect(stream.stats()).toMatchObject({ queuedBytes: 0, unackedBytes: 0 });
  expect(held[0]?.stats()).toMatchObject({ messagesReceived: 0, unreadBytes: 312 });
  await world.act(b, () => held[0]?.receive());
  expect(held[0]?.stats()).toMatchObject({
    messagesReceived: 1,
    bytesReceived: 100,
    unreadBytes: 208,
  });
});

test("backpressure is counted, and waiting is none", async () => {
  const world = new TransportWorld();
  const { a, b, peer } = await world.pair();
  b.transport.serve(HELD, () => {});
  const stream = peer.openStream(HELD);
  await world.act(a, () => {
    stream.send(pattern(65_536));
    for (let i = 0; i < 3; i++) expect(() => stream.send(pattern(1))).toThrow(/backpressure/);
    void stream.sendBlocking(pattern(1)).catch(() => {});
  });
  expect(stream.stats()).toMatchObject({ backpressureCount: 3, windowLeftBytes: 0 });
});

test("what is lost and said again shows in the stats of stream and peer", async () => {
  const world = new TransportWorld(3, { lossRate: 0.2 });
  const { a, peer } = await world.pair();
  const stream = peer.openStream(ECHO);
  await world.act(a, async () => {
    for (let i = 0; i < 30; i++) {
      await stream.sendBlocking(pattern(5_000));
      await stream.receive();
    }
  });
  await world.sim.runFor(1_000);
  const { retransmittedBytes, unackedBytes, bytesSent, bytesReceived } = stream.stats();
  expect([unackedBytes, bytesSent, bytesReceived]).toEqual([0, 150_000, 150_000]);
  expect(retransmittedBytes).toBeGreaterThan(10_000);
  const ofPeer = peer.stats();
  expect(ofPeer).toMatchObject({ retransmittedBytes, messagesLost: 0, messagesDropped: 0 });
  expect(ofPeer.retransmissions).toBeGreaterThan(10);
  expect(ofPeer.packetsLost).toBeGreaterThan(10);
});

test("a peer's stats describe the session and its path", async () => {
  const world = new TransportWorld(1, { latencyMs: 25 });
  const { a, b, peer } = await world.pair();
  for (let i = 0; i < 20; i++) await world.act(a, () => askEcho(peer, pattern(10)));
  b.transport.serve(HELD, () => {});
  await world.act(a, () => peer.openStream(HELD).send(pattern(10)));
  const stats = peer.stats();
  expect(stats).toMatchObject({
    rttMs: peer.rttMs,
    packetsLost: 0,
    datagramBytes: 1_200,
    keyPhase: 0,
    pathChanges: 0,
    streams: 1,
  });
  expect(stats.minRttMs).toBeGreaterThanOrEqual(50);
  expect(stats.minRttMs).toBeLessThan(51);
  expect(stats.rttVariationMs).toBeLessThan(10);
  expect(stats.windowBytes).toBeGreaterThanOrEqual(12_000);
  expect(stats.packetsSent).toBeGreaterThanOrEqual(20);
  expect(stats.packetsReceived).toBeGreaterThanOrEqual(20);
  expect(peer.stats().bytesInFlight).toBeGreaterThan(0);
});
