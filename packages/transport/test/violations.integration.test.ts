import { describe, expect, test } from "vitest";

import type { StreamHandler } from "../src/index.ts";
import { FrameType } from "../src/packet/frames.ts";
import type { Violation } from "../src/packet/protocol-violation.ts";
import { frame, RawPeer } from "./raw-peer.ts";
import { askEcho, pattern, serveEcho, type Station, text, TransportWorld } from "./world.ts";

/** A station and a member of its mesh that says whatever we want. */
async function bench(
  handler: StreamHandler = () => {},
  maxOpenStreams = 8,
): Promise<{
  readonly world: TransportWorld;
  readonly b: Station;
  readonly raw: RawPeer;
  say(...frames: readonly Uint8Array[]): Promise<void>;
}> {
  const world = new TransportWorld();
  const b = world.start("b", { limits: { maxOpenStreams, maxMessageBytes: 100_000 } });
  b.transport.serve(1, handler);
  const node = world.sim.node("raw");
  const raw = new RawPeer(node);
  await world.sim.settle(world.sim.run(node, () => raw.dial(b.transport.address)));
  return {
    world,
    b,
    raw,
    say: async (...frames) => {
      await world.sim.settle(world.sim.run(node, () => raw.send(...frames)));
      await world.sim.runFor(20);
    },
  };
}

const {
  datagram,
  datagramOffset,
  stream,
  streamFin,
  reset,
  ack,
  maxStreamData,
  maxStreams,
  goaway,
} = FrameType;
const data = (id: number, offset: number, ...bytes: readonly number[]): Uint8Array =>
  frame(stream, [id, offset, bytes.length], Uint8Array.from(bytes));
const fin = (id: number, offset: number, ...bytes: readonly number[]): Uint8Array =>
  frame(streamFin, [id, offset, bytes.length], Uint8Array.from(bytes));
const news = (id: number, protocol: number, offset: number, message: Uint8Array): Uint8Array =>
  Uint8Array.of(
    ...frame(datagram, [id]),
    ...Uint8Array.of(protocol, protocol >>> 8),
    ...frame(0, [offset, message.length], message).subarray(1),
  );
const newsOffset = (id: number, protocol: number, offset: number, end: number): Uint8Array =>
  Uint8Array.of(
    ...frame(datagramOffset, [id]),
    ...Uint8Array.of(protocol, protocol >>> 8),
    ...frame(0, [offset], Uint8Array.of(end)).subarray(1),
  );
const filled = (id: number, offset: number, length: number): Uint8Array =>
  frame(stream, [id, offset, length], pattern(length));

describe("a member that breaks the protocol loses its session, and is counted:", () => {
  test.each<[Violation, string, readonly Uint8Array[]]>([
    ["unknown-frame", "a frame of no known type", [Uint8Array.of(0x3f)]],
    ["truncated", "a frame cut short", [Uint8Array.of(stream, 0, 0, 9, 1)]],
    ["integer-range", "a number beyond 2^53", [Uint8Array.of(maxStreams, ...Array(8).fill(255))]],
    ["ack-of-unsent", "an ACK of what was never sent", [frame(ack, [1_000, 0, 0, 0, 0])]],
    ["ack-ranges", "an ACK of impossible ranges", [frame(ack, [1, 0, 0, 0, 5])]],
    ["stream-limit", "one stream too many", [data(16, 0, 1)]],
    ["stream-limit", "a stream out of reach", [frame(reset, [2 ** 40, 0, 0])]],
    ["stream-state", "data on a stream of ours that we never opened", [data(1, 0, 1)]],
    ["flow-control", "data beyond the window", [filled(0, 65_530, 7)]],
    ["final-size", "data behind the end", [fin(0, 0, 1, 0), data(0, 2, 1)]],
    ["final-size", "two different ends", [fin(0, 0, 1, 0), fin(0, 0, 1)]],
    ["final-size", "an end before what was sent", [data(0, 0, 1, 0, 9, 0), fin(0, 0, 1, 0)]],
    ["final-size", "an end within a message", [fin(0, 0, 1, 0, 9, 0, 0, 0, 1)]],
    ["message-too-large", "a message above the limit", [data(0, 0, 1, 0, 0, 0, 16, 0)]],
    ["excess-credit", "room for more streams than there can be", [frame(maxStreams, [2 ** 50])]],
    ["truncated", "a fire-and-forget message cut short", [news(0, 1, 0, pattern(9)).slice(0, -1)]],
    ["stream-limit", "one fire-and-forget stream too many", [news(16, 1, 0, pattern(1))]],
    ["stream-state", "a message on a stream of ours never opened", [news(1, 1, 0, pattern(1))]],
    ["stream-state", "a message on a reliable stream", [data(0, 0, 1), news(0, 1, 0, pattern(1))]],
    ["stream-state", "data on a fire-and-forget stream", [news(0, 1, 0, pattern(1)), data(0, 0)]],
    ["stream-state", "two protocols", [news(0, 1, 0, pattern(1)), newsOffset(0, 2, 5, 0)]],
    ["flow-control", "a message beyond the window", [news(0, 1, 65_536, pattern(1))]],
    ["flow-control", "an offset beyond the window", [newsOffset(0, 1, 2 ** 50, 0)]],
    ["message-too-large", "a fire-and-forget message too long", [news(0, 1, 0, pattern(1_025))]],
    ["final-size", "a message behind the end", [newsOffset(0, 1, 5, 1), news(0, 1, 5, pattern(0))]],
  ])("%s (%s)", async (violation, _, frames) => {
    const { b, raw, say } = await bench();
    await say(...frames);
    expect(b.transport.stats().violations).toEqual({ [violation]: 1 });
    expect(b.transport.stats()).toMatchObject({ sessions: 0, streams: 0, peers: 0 });
    expect(b.events).toEqual(["connected", "disconnected"]);
    expect(raw.heard.at(-1)).toBe(`close 1 ${violation}`);
  });

  test("too-many-gaps (a stream in tiny pieces with holes between)", async () => {
    const { b, say } = await bench();
    for (let at = 3; at < 8_000 && b.transport.stats().sessions > 0; at += 400) {
      const pieces = Array.from({ length: 200 }, (_, i) => data(0, at + 2 * i, 1));
      await say(...pieces);
    }
    expect(b.transport.stats().violations).toEqual({ "too-many-gaps": 1 });
  });
});

test("too-many-resets (streams opened faster than it lets their refusals leave)", async () => {
  const refuse: StreamHandler = (incoming) => incoming.reset(2 ** 40);
  const { b, raw, say } = await bench(refuse, 200);
  // It acknowledges nothing, so that only what fits beside our own ACKs gets out.
  for (let packet = 0; packet < 40 && b.transport.stats().sessions > 0; packet++) {
    const ids = Array.from({ length: 150 }, (_, i) => 2 * (150 * packet + i));
    await say(...ids.map((id) => data(id, 0, 1, 0)));
  }
  expect(b.transport.stats().violations).toEqual({ "too-many-resets": 1 });
  expect(raw.heard.at(-1)).toBe("close 1 too-many-resets");
});

test("streams that we give up ourselves blame nobody: they are opened slower", async () => {
  const { world, b, raw } = await bench(() => {}, 8);
  const giveUp = (): Promise<number> =>
    world.act(b, () => {
      const [peer] = b.transport.peers();
      let opened = 0;
      try {
        for (; opened < 100; opened++) peer?.openStream(1).reset(1);
      } catch (error) {
        expect(error).toMatchObject({ kind: "backpressure", delivered: "never" });
      }
      return opened;
    });
  expect(await giveUp()).toBe(17);
  await world.sim.runFor(20);
  expect(await giveUp()).toBe(17);
  expect(b.transport.stats().violations).toEqual({});
  expect(raw.heard.at(-1)).not.toContain("close");
});

describe("a member may say, without consequence,", () => {
  test.each<[string, readonly Uint8Array[]]>([
    ["what it said already", [data(0, 0, 1, 0), data(0, 0, 1, 0), data(0, 1, 0)]],
    ["the same end twice", [fin(0, 0, 1, 0), fin(0, 2)]],
    [
      "something about a stream that is over",
      [frame(reset, [0, 5, 0]), data(0, 0, 1, 0), fin(0, 9)],
    ],
    ["credit for a stream that nobody knows", [frame(maxStreamData, [41, 2 ** 50])]],
    ["credit that shrinks", [frame(maxStreams, [1])]],
    [
      "the same end of a fire-and-forget stream twice",
      [newsOffset(0, 1, 5, 1), newsOffset(0, 1, 5, 1)],
    ],
    ["goaway, twice, the second time with more", [frame(goaway, [3]), frame(goaway, [9])]],
    ["nothing but padding", [new Uint8Array(100)]],
    ["no frame at all", []],
  ])("%s", async (_, frames) => {
    const { b, say } = await bench();
    await say(...frames);
    await say(frame(FrameType.ping, []));
    expect(b.transport.stats()).toMatchObject({ sessions: 1, violations: {} });
  });
});

test("whoever breaks the protocol harms nobody else", async () => {
  const { world, b, say } = await bench();
  const c = world.start("c");
  serveEcho(b, 2);
  const peer = await world.connect(c, b);
  const asking = world.begin(c, async () => {
    const held = peer.openStream(2);
    await c.node.clock.sleep(100);
    held.send(text("still here"));
    return await held.receive();
  });
  await say(Uint8Array.of(0x3f));
  expect(await world.sim.settle(asking)).toEqual(text("still here"));
  expect(c.events).toEqual(["connected"]);
});

test("its streams fail, each of them, even if a callback of one of them throws", async () => {
  const failures: string[] = [];
  const { b, say } = await bench((incoming) =>
    incoming.onFailure(({ kind }) => {
      failures.push(kind);
      throw new Error("a bug of the application");
    }),
  );
  await say(data(0, 0, 1, 0), data(2, 0, 1, 0), data(4, 0, 1, 0));
  await say(Uint8Array.of(0x3f));
  expect(failures).toEqual(["session-lost", "session-lost", "session-lost"]);
  expect(b.events).toEqual(["connected", "disconnected"]);
  expect(b.transport.stats()).toMatchObject({ sessions: 0, streams: 0, peers: 0 });
});

test("its streams fail as if they may have been worked on", async () => {
  const failures: unknown[] = [];
  const { say } = await bench((incoming) => incoming.onFailure((error) => failures.push(error)));
  await say(data(0, 0, 1, 0));
  await say(Uint8Array.of(0x3f));
  expect(failures).toMatchObject([{ kind: "session-lost" }]);
  expect(String(failures[0])).toContain("unknown-frame");
});

test("the reason of a close is told, but only what is readable of it", async () => {
  for (const [reason, told] of [
    [text("out of coffee"), ": out of coffee)"],
    [Uint8Array.of(0xff, 0xfe), "(code 9)"],
  ] as const) {
    const failures: unknown[] = [];
    const { say } = await bench((incoming) => incoming.onFailure((error) => failures.push(error)));
    await say(data(0, 0, 1, 0));
    await say(frame(FrameType.close, [9, reason.length], reason));
    expect(failures).toMatchObject([{ kind: "session-lost" }]);
    expect(String(failures[0])).toContain(told);
  }
});

test("a handler starts once, however often the stream's beginning is said", async () => {
  let started = 0;
  const { say } = await bench((incoming) => {
    started++;
    incoming.reset(1);
  });
  for (let i = 0; i < 5; i++) {
    await say(data(0, 0, 1, 0), data(2, 0, 1), data(2, 0, 1, 0), data(2, 1, 0));
  }
  expect(started).toBe(2);
});

test("no handler starts for a stream that was taken back before it was looked at", async () => {
  let started = 0;
  const { say } = await bench(() => started++);
  await say(data(0, 0, 1, 0), frame(reset, [0, 5, 0]));
  expect(started).toBe(0);
});

test("more credit for a stream of ours than it can have used breaks the protocol", async () => {
  const answer: StreamHandler = (incoming) => incoming.send(pattern(10));
  for (const [limit, violations] of [
    [14 + 16_777_220, {}],
    [14 + 16_777_221, { "excess-credit": 1 }],
  ] as const) {
    const { b, say } = await bench(answer);
    await say(data(0, 0, 1, 0));
    await say(frame(maxStreamData, [0, limit]));
    expect(b.transport.stats().violations).toEqual(violations);
  }
});

test("a handler of a fire-and-forget stream starts once, whichever frames say so", async () => {
  let started = 0;
  const { say } = await bench((incoming) => {
    started++;
    incoming.reset(1);
  });
  for (let i = 0; i < 5; i++) {
    await say(newsOffset(0, 1, 9, 0), news(0, 1, 9, pattern(1)), newsOffset(0, 1, 14, 1));
  }
  expect(started).toBe(1);
});

test("memory for a large message is not kept by saying the same bytes again", async () => {
  const { world, b, raw, say } = await bench();
  const free = b.transport.stats().reassemblyFreeBytes;
  const beginning = data(0, 0, 1, 0, 0x80, 0x38, 1, 0, 7, 7, 7);
  await say(beginning);
  expect(free - b.transport.stats().reassemblyFreeBytes).toBe(80_000);
  for (let second = 0; second < 11; second++) {
    await say(beginning);
    await world.sim.runFor(1_000);
  }
  expect(b.transport.stats().reassemblyFreeBytes).toBe(free);
  expect(raw.heard).toContain("reset 0 65281");
});

test("memory for a large message is not kept by sending it byte by byte", async () => {
  const { world, b, raw, say } = await bench();
  const free = b.transport.stats().reassemblyFreeBytes;
  await say(data(0, 0, 1, 0, 0x80, 0x38, 1, 0));
  expect(free - b.transport.stats().reassemblyFreeBytes).toBe(80_000);
  for (let second = 0; second < 11; second++) {
    await say(data(0, 6 + second, 7));
    await world.sim.runFor(1_000);
  }
  expect(b.transport.stats().reassemblyFreeBytes).toBe(free);
  expect(raw.heard).toContain("reset 0 65281");
});

test("a stream whose beginning never comes is given up; one of which nothing came is not", async () => {
  let started = 0;
  const { world, b, raw, say } = await bench(() => started++);
  // Stream 2 is opened on the way to stream 4.
  await say(data(0, 9, 7), data(4, 0, 1));
  for (let second = 0; second < 29; second++) {
    // That it goes on elsewhere does not help it.
    await say(frame(FrameType.ping, []), data(0, 11 + 2 * second, 7));
    await world.sim.runFor(980);
  }
  expect(b.transport.stats()).toMatchObject({ streams: 3, violations: {} });
  await say(frame(FrameType.ping, []));
  await world.sim.runFor(2_000);
  expect(b.transport.stats()).toMatchObject({ sessions: 1, streams: 1, violations: {} });
  expect(raw.heard.filter((line) => line.startsWith("reset"))).toEqual([
    "reset 0 65281 not started",
    "reset 4 65281 not started",
  ]);
  // Too late, as was said.
  await say(data(0, 0, 1, 0));
  expect(started).toBe(0);
});

test("a stream whose beginning was only late goes on", async () => {
  let started = 0;
  const { world, b, say } = await bench(() => started++);
  await say(data(0, 2, 1, 0));
  for (let second = 0; second < 60; second++) {
    if (second === 25) await say(data(0, 0, 1, 0));
    await say(frame(FrameType.ping, []));
    await world.sim.runFor(980);
  }
  expect([started, b.transport.stats().streams]).toEqual([1, 1]);
});

test("a session whose peer never acknowledges anything costs a bounded number of packets", async () => {
  const { world, b } = await bench();
  const before = b.transport.stats().datagramsSent;
  await world.sim.runFor(60_000);
  expect(b.transport.stats().datagramsSent - before).toBeLessThan(400);
});

test("asking an echo works beside all that", async () => {
  const world = new TransportWorld();
  const { a, peer } = await world.pair();
  expect(await world.act(a, () => askEcho(peer, text("control")))).toEqual(text("control"));
});
