import { describe, expect, test } from "vitest";

import { FrameType } from "../src/packet/frames.ts";
import { PacketType, readSessionIndex } from "../src/packet/header.ts";
import { frame, RawPeer } from "./raw-peer.ts";
import { ECHO, pattern, type Station, text, TransportWorld } from "./world.ts";

/** Somebody else's address. */
const VICTIM = "10.9.9.9:999";
const BULK = 7;

/** A member whose packets of these types seem to come from the victim. */
function spoofer(types: readonly number[]): {
  readonly world: TransportWorld;
  readonly b: Station;
  readonly raw: RawPeer;
  /** Bytes that left in the victim's name, and that the victim got. */
  readonly bytes: { sent: number; got: number };
  start(): void;
  say(...frames: readonly Uint8Array[]): Promise<void>;
} {
  const world = new TransportWorld(1, { latencyMs: 5 });
  const b = world.start("b");
  b.transport.serve(BULK, (stream) => {
    stream.sendBlocking(pattern(2_000_000)).catch(() => {});
  });
  const node = world.sim.node("raw");
  const raw = new RawPeer(node);
  const bytes = { sent: 0, got: 0 };
  return {
    world,
    b,
    raw,
    bytes,
    start: () => {
      world.sim.network.tap(({ from, fromAddress, toAddress, datagram }) => {
        if (toAddress === VICTIM) bytes.got += datagram.length;
        if (from !== "raw" || fromAddress === VICTIM) return undefined;
        if (!types.includes(datagram[0] ?? -1)) return undefined;
        bytes.sent += datagram.length;
        world.sim.network.inject(datagram, { from: VICTIM, to: b.transport.address });
        return "drop";
      });
    },
    say: (...frames) => world.sim.run(node, () => raw.send(...frames)),
  };
}

describe("somebody else's address", () => {
  test("gets one answer for a packet, however many challenges that holds", async () => {
    const { world, b, raw, bytes, start, say } = spoofer([PacketType.data]);
    await world.sim.settle(world.sim.run("raw", () => raw.dial(b.transport.address)));
    start();
    const challenge = frame(FrameType.pathChallenge, [], new Uint8Array(8));
    await say(...Array.from({ length: 130 }, () => challenge));
    await world.sim.runFor(50);
    expect(bytes.got).toBeGreaterThan(0);
    expect(bytes.got).toBeLessThanOrEqual(bytes.sent);
  });

  test("is no path by a handshake that it did not take part in", async () => {
    const { world, b, raw, bytes, start } = spoofer([PacketType.final]);
    start();
    const dialled = world.sim.run("raw", () => raw.dial(b.transport.address).catch(() => "failed"));
    await world.sim.runFor(2_000);
    expect([bytes.sent > 0, bytes.got, b.transport.peers()]).toEqual([true, 0, []]);
    expect(b.transport.stats().dropped["handshake-stale"]).toBeGreaterThan(0);
    await world.sim.settle(dialled);
  });

  test("is asked rarely, and in small packets, when a silent peer is said to be there", async () => {
    const world = new TransportWorld(1, { latencyMs: 5 });
    const advertise = ["10.0.0.2:7000", VICTIM, "10.9.9.8:998", "10.9.9.7:997"];
    const { a, b } = await world.pair({ b: { advertise } });
    await world.sim.runFor(1_000);
    let bytes = 0;
    world.sim.network.tap(({ from, toAddress, datagram }) => {
      if (from === "a" && toAddress.startsWith("10.9.9.")) bytes += datagram.length;
    });
    world.sim.kill(b.node);
    await world.sim.runFor(60_000);
    expect(bytes).toBeGreaterThan(0);
    // Less than an onlooker could cause by pings of his own.
    expect(bytes).toBeLessThan(20_000);
    expect(a.events).toContain("failed");
  });

  test("costs no timer after the other while it has not answered", async () => {
    const { world, b, raw, start, say } = spoofer([PacketType.data]);
    world.sim.network.linkAll({ latencyMs: 200 });
    await world.sim.settle(world.sim.run("raw", () => raw.dial(b.transport.address)));
    await world.sim.runFor(1_000);
    start();
    await say(Uint8Array.of(FrameType.ping));
    await world.sim.runUntil(() => b.transport.peers()[0]?.address === VICTIM);
    const before = world.sim.stats().timers;
    await world.sim.runFor(500);
    expect(world.sim.stats().timers - before).toBeLessThan(100);
  });
});

test("hints that a stranger collects and repeats cost a handshake now and then, and no stream", async () => {
  const world = new TransportWorld(1, { latencyMs: 5 });
  let newest = new Uint8Array();
  world.sim.network.tap(({ from, to, datagram }) => {
    if (from === "a" && to === "b" && datagram[0] === PacketType.data) newest = datagram.slice();
  });
  const { a, b, peer } = await world.pair();
  await world.sim.runFor(500);
  const stream = peer.openStream(ECHO, { watched: true });
  await world.act(a, () => {
    stream.send(text("one"));
    return stream.receive();
  });
  const hints: Uint8Array[] = [];
  const stranger = world.sim.node("stranger").bind({ port: 6_666 });
  stranger.listen({ onDatagram: (bytes) => void hints.push(bytes.slice()), onError: () => {} });
  await world.sim.run("stranger", () => stranger.send(newest.slice(), a.transport.address));
  await world.sim.runUntil(() => hints.length > 0, 1_000);
  expect(readSessionIndex(newest)).not.toBe(0);
  const [hint = new Uint8Array()] = hints;
  for (let i = 0; i < 40; i++) {
    const route = { from: b.transport.address, to: a.transport.address, delayMs: 30 * i };
    world.sim.network.inject(hint, route);
  }
  let most = 0;
  for (let i = 0; i < 60; i++) {
    await world.sim.runFor(50);
    most = Math.max(most, a.transport.stats().sessions);
  }
  expect(most).toBeLessThanOrEqual(3);
  const answer = await world.act(a, () => {
    stream.send(text("two"));
    return stream.receive();
  });
  expect(answer).toEqual(text("two"));
});
