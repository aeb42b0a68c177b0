import { expect, test } from "vitest";

import type { MessageStream } from "../src/index.ts";
import { PacketType } from "../src/packet/header.ts";
import { askEcho, pattern, type Station, text, TransportWorld } from "./world.ts";

/** Sizes of the data packets that each station sends from now on. */
function packets(world: TransportWorld): Record<"a" | "b", number[]> {
  const sizes = { a: [] as number[], b: [] as number[] };
  world.sim.network.tap(({ from, datagram }) => {
    if (datagram[0] === PacketType.data) sizes[from === "a" ? "a" : "b"].push(datagram.length);
  });
  return sizes;
}

/** A pair whose handshake is a while ago. */
async function settledPair(): Promise<
  Awaited<ReturnType<TransportWorld["pair"]>> & { readonly world: TransportWorld }
> {
  const world = new TransportWorld();
  const pair = await world.pair({ a: quiet, b: quiet });
  await world.sim.runFor(500);
  return { world, ...pair };
}

/** No heartbeat gets into the counts. */
const quiet = {
  limits: { heartbeatMs: 60_000, suspectAfterMs: 70_000, failAfterMs: 80_000, forgetAfterMs: 9e4 },
};

test("a lone call is one packet there and one back, then an acknowledgement", async () => {
  const { world, a, peer } = await settledPair();
  const sizes = packets(world);
  await world.act(a, () => askEcho(peer, text("lone")));
  expect([sizes.a.length, sizes.b.length]).toEqual([1, 1]);
  await world.sim.runFor(100);
  expect([sizes.a.length, sizes.b.length]).toEqual([2, 1]);
  expect(sizes.a[0]).toBeLessThan(60);
});

test("64 small messages of one turn leave in a few full packets, and so do their answers", async () => {
  const { world, a, peer } = await settledPair();
  const sizes = packets(world);
  await world.act(a, () =>
    Promise.all(Array.from({ length: 64 }, () => askEcho(peer, pattern(20)))),
  );
  expect(sizes.a.length).toBeLessThanOrEqual(4);
  expect(sizes.b.length).toBeLessThanOrEqual(6);
  expect(Math.max(...sizes.a, ...sizes.b)).toBeLessThanOrEqual(1_200);
});

test("no packet of a small call is larger than every path takes", async () => {
  const { world, a, peer } = await settledPair();
  const sizes = packets(world);
  await world.act(a, () => askEcho(peer, pattern(2_000)));
  expect(Math.max(...sizes.a, ...sizes.b)).toBeLessThanOrEqual(1_200);
});

test("crowd after crowd of small calls earns larger packets, which leave before they are full", async () => {
  const world = new TransportWorld(1, { latencyMs: 5, mtuBytes: 9_000 });
  const limits = { ...quiet.limits, maxDatagramBytes: 9_000 };
  const { a, peer } = await world.pair({ a: { limits }, b: { limits } });
  const crowd = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 60 }, () => askEcho(peer, pattern(150))));
  for (let i = 0; i < 20; i++) await world.act(a, crowd);
  const sizes = packets(world);
  await world.act(a, crowd);
  expect(Math.max(...sizes.a)).toBeGreaterThan(2_048);
  expect(Math.max(...sizes.a)).toBeLessThan(2_500);
});

test("the packets of a long message are all but full", async () => {
  const { world, a, peer } = await settledPair();
  const sizes = packets(world);
  await world.act(a, () => askEcho(peer, pattern(200_000)));
  expect(sizes.a.filter((size) => size > 1_180).length).toBeGreaterThan(135);
  expect(Math.max(...sizes.a, ...sizes.b)).toBe(1_452);
});

test("a bulk transfer does not hold up a small call", async () => {
  const { world, a, b, peer } = await settledPair();
  b.transport.serve(7, () => {});
  await world.act(a, () => {
    for (let i = 0; i < 4; i++) {
      const stream: MessageStream = peer.openStream(7);
      stream.send(pattern(4_000_000));
    }
  });
  await world.sim.runFor(20);
  const before = world.sim.now;
  await world.act(a, () => askEcho(peer, text("me first")));
  expect(world.sim.now - before).toBeLessThan(20);
});

test("what is in flight never exceeds the room that the other end has announced", async () => {
  const world = new TransportWorld(1, { latencyMs: 40 });
  const { a, b, peer } = await world.pair({
    a: { receiveBufferBytes: 4_194_304 },
    b: { receiveBufferBytes: 30_000 },
  });
  b.transport.serve(7, (stream) => void drain(stream));
  await world.act(a, () => peer.openStream(7).send(pattern(1_000_000)));
  await world.sim.runFor(10_000);
  expect(world.sim.stats().dropped["receive-buffer"]).toBe(0);
  expect(a.transport.stats().packetsLost).toBe(0);
});

test("a stalled receiver's buffer does not overflow either", async () => {
  const world = new TransportWorld();
  const { a, b, peer } = await world.pair();
  const got: number[] = [];
  b.transport.serve(7, (stream) => void drain(stream, got));
  await world.act(a, () => {
    for (let i = 0; i < 8; i++) peer.openStream(7).send(pattern(100_000));
  });
  await world.sim.runFor(3);
  await freezeFor(world, b, 1_500);
  await world.sim.runFor(10_000);
  expect(got).toEqual(Array.from({ length: 8 }, () => 100_000));
  // Probes are allowed to come on top of what the budget lets be in flight.
  expect(world.sim.stats().dropped["receive-buffer"]).toBe(0);
});

async function freezeFor(world: TransportWorld, { node }: Station, ms: number): Promise<void> {
  world.sim.freeze(node);
  await world.sim.runFor(ms);
  world.sim.thaw(node);
}

/** Reads everything, noting the lengths. */
async function drain(stream: MessageStream, lengths: number[] = []): Promise<void> {
  for (;;) {
    const message = await stream.receive();
    if (message === undefined) return;
    lengths.push(message.length);
  }
}
