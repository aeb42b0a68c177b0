import { describe, expect, test } from "vitest";

import { DEFAULT_MAX_PENDING_HANDSHAKES, DEFAULT_STREAM_WINDOW_BYTES } from "../src/index.ts";
import { FrameType } from "../src/packet/frames.ts";
import { frame, RawPeer } from "./raw-peer.ts";
import { askEcho, serveEcho, type Station, text, TransportWorld } from "./world.ts";

const STREAMS = 1_000;
const BUDGET_BYTES = 8_388_608;

/** A node that serves nobody's messages but an honest peer's, and a member that floods it. */
async function flooded(): Promise<{
  readonly world: TransportWorld;
  readonly b: Station;
  say(payloads: Iterable<Uint8Array>): Promise<void>;
  /** The node still serves others. */
  serves(): Promise<boolean>;
}> {
  const world = new TransportWorld(1);
  const b = world.start("b", {
    limits: { reassemblyBudgetBytes: BUDGET_BYTES, maxMessageBytes: 4_194_304 },
  });
  b.transport.serve(2, () => {});
  serveEcho(b);
  const honest = world.start("honest");
  const peer = await world.connect(honest, b);
  const node = world.sim.node("hostile");
  const raw = new RawPeer(node);
  await world.sim.settle(world.sim.run(node, () => raw.dial(b.transport.address)));
  return {
    world,
    b,
    async say(payloads) {
      let inTurn = 0;
      for (const payload of payloads) {
        if (!raw.hasSession) return;
        await world.sim.run(node, () => raw.send(payload));
        if (++inTurn % 64 === 0) await world.sim.runFor(3);
      }
      await world.sim.runFor(20);
    },
    serves: async () => {
      const answer = await world.act(honest, () => askEcho(peer, text("well?")));
      return new TextDecoder().decode(answer) === "well?";
    },
  };
}

/** Bytes that the process holds outside and inside the heap. */
function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The beginning of stream `n` for protocol 2: a message of `length` bytes. */
const opening = (n: number, length: number): Uint8Array =>
  frame(
    FrameType.stream,
    [2 * n, 0, 6],
    Uint8Array.of(2, 0, length, length >>> 8, length >>> 16, length >>> 24),
  );

describe("a member that opens a thousand streams", () => {
  test("and fills the window of each holds as much memory as windows allow, and no more", async () => {
    const { b, say, serves } = await flooded();
    const before = held();
    const piece = new Uint8Array(1_100);
    await say(
      (function* () {
        for (let n = 0; n < STREAMS; n++) {
          yield opening(n, 4_000_000);
          for (let at = 6; at + piece.length < DEFAULT_STREAM_WINDOW_BYTES; at += piece.length) {
            yield frame(FrameType.stream, [2 * n, at, piece.length], piece);
          }
        }
      })(),
    );
    expect(b.transport.stats()).toMatchObject({ violations: {}, sessions: 2, streams: STREAMS });
    // Twice: what the collector has not looked at yet counts too.
    expect(held() - before).toBeLessThan(2 * STREAMS * DEFAULT_STREAM_WINDOW_BYTES + BUDGET_BYTES);
    expect(await serves()).toBe(true);
  });

  test("and announces a large message on each gets its turn of the budget, and no more", async () => {
    const { b, say, serves } = await flooded();
    await say(
      (function* () {
        for (let n = 0; n < STREAMS; n++) yield opening(n, 4_000_000);
      })(),
    );
    const { reassemblyFreeBytes, streams, violations } = b.transport.stats();
    expect([streams, violations]).toEqual([STREAMS, {}]);
    expect(reassemblyFreeBytes).toBeGreaterThanOrEqual(0);
    expect(reassemblyFreeBytes).toBeLessThan(BUDGET_BYTES);
    expect(await serves()).toBe(true);
  });

  test("and stops there loses its share of the budget, and its streams in the end", async () => {
    const { world, b, say, serves } = await flooded();
    await say(
      (function* () {
        for (let n = 0; n < STREAMS; n++) yield opening(n, 4_000_000);
      })(),
    );
    await world.sim.runFor(70_000);
    expect(b.transport.stats()).toMatchObject({
      sessions: 1,
      streams: 0,
      reassemblyFreeBytes: BUDGET_BYTES,
    });
    expect(await serves()).toBe(true);
  });

  test("in single bytes with holes between them loses its session", async () => {
    const { b, say, serves } = await flooded();
    await say(
      (function* () {
        for (let at = 2; at < 40_000; at += 200) {
          const pieces = Array.from({ length: 100 }, (_, i) =>
            frame(FrameType.stream, [0, at + 2 * i, 1], Uint8Array.of(7)),
          );
          yield Uint8Array.from(pieces.flatMap((bytes) => [...bytes]));
        }
      })(),
    );
    expect(b.transport.stats().violations).toEqual({ "too-many-gaps": 1 });
    expect(await serves()).toBe(true);
  });
});

test("the limit of handshakes half done is known to everybody", () => {
  expect(DEFAULT_MAX_PENDING_HANDSHAKES).toBe(1_024);
});
