import { describe, expect, test } from "vitest";

import type { MessageStream, Peer } from "../src/index.ts";
import { pattern, readable, type Station, text, TransportWorld } from "./world.ts";

const NEWS = 2;
const RELIABILITY = { reliability: "fire-and-forget" } as const;

/** The numbers of the messages that streams of {@link NEWS} brought, and how they ended. */
function collect({ transport }: Station): {
  readonly streams: MessageStream[];
  readonly got: number[];
  ends: number;
} {
  const seen = { streams: [] as MessageStream[], got: [] as number[], ends: 0 };
  transport.serve(NEWS, (stream) => {
    seen.streams.push(stream);
    void (async () => {
      for (;;) {
        const message = await stream.receive();
        if (message === undefined) break;
        seen.got.push(new DataView(message.buffer, message.byteOffset).getUint32(0));
      }
      seen.ends++;
      stream.end();
    })().catch(() => {});
  });
  return seen;
}

/** A message that says its number. */
function numbered(number: number, length = 100): Uint8Array {
  const message = pattern(length);
  new DataView(message.buffer).setUint32(0, number);
  return message;
}

/** Sends so many, however long it takes, and ends. */
async function sendAll(peer: Peer, count: number, length?: number): Promise<MessageStream> {
  const stream = peer.openStream(NEWS, RELIABILITY);
  for (let i = 0; i < count; i++) await stream.sendBlocking(numbered(i, length));
  stream.end();
  return stream;
}

describe("a fire-and-forget stream", () => {
  test("carries messages both ways, and ends both ways", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    b.transport.serve(NEWS, (stream) => {
      void stream.receive().then((message) => {
        stream.send(text(`${stream.reliability}: ${readable(message)}`));
        stream.end();
      });
    });
    const stream = peer.openStream(NEWS, RELIABILITY);
    const answers = await world.act(a, async () => {
      stream.send(text("hello"));
      stream.end();
      return [readable(await stream.receive()), await stream.receive()];
    });
    expect(answers).toEqual(["fire-and-forget: hello", undefined]);
    await world.sim.runFor(100);
    expect([a.transport.stats().streams, b.transport.stats().streams]).toEqual([0, 0]);
  });

  test("without loss brings everything, and its end last", async () => {
    const world = new TransportWorld(2, { jitterMs: 20 });
    const { a, b, peer } = await world.pair();
    const { got } = collect(b);
    await world.act(a, () => sendAll(peer, 500));
    await world.sim.runUntil(() => a.transport.stats().streams === 0);
    expect(got.toSorted((one, other) => one - other)).toEqual([...Array(500).keys()]);
  });

  test("brings each message at most once, and starts its handler once, whatever happens", async () => {
    for (const seed of [1, 2, 3, 4]) {
      const link = { jitterMs: 60, duplicateRate: 0.5, lossRate: 0.2, reorderRate: 0.5 };
      const world = new TransportWorld(seed, link);
      const { a, b, peer } = await world.pair();
      const seen = collect(b);
      const stream = await world.act(a, () => sendAll(peer, 300), 120_000);
      await world.sim.runUntil(() => a.transport.stats().streams === 0);
      expect(new Set(seen.got).size).toBe(seen.got.length);
      expect(seen.got.length).toBeGreaterThan(150);
      expect([seen.streams.length, seen.ends]).toEqual([1, 1]);
      const { messagesSent, messagesLost, queuedBytes, unackedBytes } = stream.stats();
      expect([messagesSent, queuedBytes, unackedBytes]).toEqual([300, 0, 0]);
      expect(messagesLost).toBeGreaterThan(30);
    }
  });

  test("never stalls, however much is lost for however long", async () => {
    for (const seed of [1, 2, 3]) {
      const world = new TransportWorld(seed);
      const limits = { streamWindowBytes: 4_000 };
      const { a, b, peer } = await world.pair({ a: { limits }, b: { limits } });
      world.sim.network.linkAll({ lossRate: 0.5 });
      const seen = collect(b);
      await world.act(a, () => sendAll(peer, 3_000, 500), 3_600_000);
      await world.sim.runUntil(() => seen.ends === 1, 600_000);
      expect(seen.got.length).toBeGreaterThan(1_000);
      expect(seen.got.length).toBeLessThan(2_000);
    }
  });

  test("meets backpressure while nobody reads, and goes on with the reading", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const held: MessageStream[] = [];
    b.transport.serve(NEWS, (stream) => void held.push(stream));
    const stream = peer.openStream(NEWS, RELIABILITY);
    await world.act(a, () => {
      for (let i = 0; i < 66; i++) stream.send(numbered(i, 1_000));
      expect(() => stream.send(numbered(66))).toThrow(
        expect.objectContaining({ kind: "backpressure" }),
      );
    });
    await world.sim.runFor(1_000);
    expect(stream.stats()).toMatchObject({ windowLeftBytes: 0, messagesLost: 0 });
    expect(held[0]?.stats()).toMatchObject({ unreadBytes: 66_264, grantedBytes: 65_536 });
    await world.act(b, async () => {
      for (let i = 0; i < 40; i++) await held[0]?.receive();
    });
    await world.sim.runFor(50);
    await world.act(a, () => stream.send(numbered(66)));
  });

  test("can be reset by either end", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    b.transport.serve(NEWS, (stream) => stream.reset(12, { notStarted: true }));
    const error = await world.failure(a, async () => {
      const stream = peer.openStream(NEWS, RELIABILITY);
      stream.send(numbered(1));
      await stream.receive();
    });
    expect(error).toMatchObject({ kind: "stream-reset", code: 12, delivered: "never" });
    await world.sim.runFor(100);
    expect([a.transport.stats().streams, b.transport.stats().streams]).toEqual([0, 0]);
  });

  test("does not keep reliable streams of the session from leaving, nor they it", async () => {
    const world = new TransportWorld(7, { bandwidthBps: 10_000_000 });
    const { a, b, peer } = await world.pair();
    const seen = collect(b);
    b.transport.serve(9, (stream) => {
      void (async () => {
        while ((await stream.receive()) !== undefined);
        stream.end(text("all of it"));
      })();
    });
    const both = world.begin(a, async () => {
      const bulk = peer.openStream(9);
      const sending = bulk.sendBlocking(pattern(1_000_000));
      await Promise.all([sendAll(peer, 1_000, 1_000), sending]);
      bulk.end();
      return readable(await bulk.receive());
    });
    expect(await world.sim.settle(both)).toBe("all of it");
    await world.sim.runUntil(() => seen.ends === 1);
    expect(seen.got).toHaveLength(1_000);
  });
});

test.each([
  ["a protocol", 65_536, {}, /^protocol must be a whole number from 0 to 65535, got 65536/],
  ["a priority", 1, { priority: 9 }, /^priority must be a whole number from 0 to 7, got 9/],
  ["a reliability", 1, { reliability: "maybe" as never }, /^reliability must be .* got maybe/],
])("opening a stream refuses what is no %s", async (_, protocol, options, message) => {
  const world = new TransportWorld();
  const { a, peer } = await world.pair();
  expect(() => peer.openStream(protocol, options)).toThrow(message);
  expect(a.transport.stats().streams).toBe(0);
});
