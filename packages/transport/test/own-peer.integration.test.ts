import { expect, test } from "vitest";

import type { MessageStream } from "../src/index.ts";
import { askEcho, ECHO, pattern, readable, same, serveEcho, type Station, text } from "./world.ts";
import { TransportWorld } from "./world.ts";

const KEPT = 5;

function alone(): { readonly world: TransportWorld; readonly node: Station } {
  const world = new TransportWorld();
  const node = world.start("only");
  serveEcho(node);
  return { world, node };
}

function ownPeer({ transport }: Station) {
  const peer = transport.peer(transport.nodeId);
  if (peer === undefined) throw new Error("a node has a peer in itself");
  return peer;
}

test("a node is its own peer, without a session or an event", async () => {
  const { world, node } = alone();
  const { transport } = node;
  const peer = ownPeer(node);
  expect(peer).toMatchObject({
    nodeId: transport.nodeId,
    bootId: transport.bootId,
    address: transport.address,
    addresses: transport.advertised,
    state: "responsive",
    isGoingAway: false,
    isRelayed: false,
    rttMs: 0,
  });
  expect(await world.act(node, () => transport.connect({ nodeId: transport.nodeId }))).toBe(peer);
  expect(transport.peers()).toEqual([]);
  expect(transport.stats()).toMatchObject({ sessions: 0, peers: 0 });
  expect(node.events).toEqual([]);
});

test("what it says to itself never reaches the network", async () => {
  const { world, node } = alone();
  const message = pattern(200_000);
  const answer = await world.act(node, () => askEcho(ownPeer(node), message));
  expect(same(answer, message)).toBe(true);
  expect(node.transport.stats()).toMatchObject({ datagramsSent: 0, streams: 0 });
  expect(ownPeer(node).stats()).toMatchObject({ streams: 0, packetsLost: 0 });
  expect(ownPeer(node).stats().packetsSent).toBeGreaterThan(0);
});

test("a message of 16 MiB takes several turns of the event loop, and all of its bytes arrive", async () => {
  const { world, node } = alone();
  const message = pattern(16_777_216);
  const answer = await world.act(node, () => askEcho(ownPeer(node), message));
  expect(same(answer, message)).toBe(true);
});

test("fire-and-forget messages arrive", async () => {
  const { world, node } = alone();
  const arrived: (string | undefined)[] = [];
  node.transport.serve(KEPT, async (stream: MessageStream) => {
    for (;;) {
      const message = await stream.receive();
      if (message === undefined) break;
      arrived.push(readable(message));
    }
    stream.end();
  });
  await world.act(node, async () => {
    const stream = ownPeer(node).openStream(KEPT, { reliability: "fire-and-forget" });
    for (const word of ["one", "two", "three"]) stream.send(text(word));
    stream.end();
    await stream.receive();
  });
  expect(arrived).toEqual(["one", "two", "three"]);
  expect(node.transport.stats().streams).toBe(0);
});

test("a node that goes away takes no new streams of its own, and ends those under way", async () => {
  const { world, node } = alone();
  const arrived: MessageStream[] = [];
  node.transport.serve(KEPT, (stream) => void arrived.push(stream));
  const stream = await world.act(node, () => {
    const opened = ownPeer(node).openStream(KEPT);
    opened.end(text("question"));
    return opened;
  });
  await world.sim.runFor(10);
  await world.act(node, () => node.transport.goAway());
  await world.sim.runFor(10);
  expect(ownPeer(node).isGoingAway).toBe(true);
  expect(await world.failure(node, () => ownPeer(node).openStream(ECHO))).toMatchObject({
    kind: "going-away",
    delivered: "never",
  });
  const closing = world.begin(node, () => node.transport.close());
  await world.sim.runFor(1_000);
  await world.act(node, () => arrived[0]?.end(text("answer")));
  expect(readable(await world.act(node, () => stream.receive()))).toBe("answer");
  await world.act(node, () => arrived[0]?.receive());
  await world.act(node, () => arrived[0]?.receive());
  await world.sim.settle(closing);
  expect(node.transport.stats().streams).toBe(0);
});

test("streams to itself that do not end are failed by its closing", async () => {
  const { world, node } = alone();
  node.transport.serve(KEPT, () => {});
  const [sent, unsent] = await world.act(node, () => {
    const streams = [ownPeer(node).openStream(KEPT), ownPeer(node).openStream(KEPT)] as const;
    streams[0].send(text("question"));
    return streams;
  });
  await world.act(node, () => node.transport.close());
  expect(await world.failure(node, () => sent.receive())).toMatchObject({
    kind: "closed",
    delivered: "maybe",
  });
  expect(await world.failure(node, () => unsent.receive())).toMatchObject({
    kind: "going-away",
    delivered: "never",
  });
  expect(await world.failure(node, () => ownPeer(node).openStream(KEPT))).toMatchObject({
    kind: "closed",
    delivered: "never",
  });
  expect(node.transport.stats().streams).toBe(0);
});
