import { describe, expect, test } from "vitest";

import { ECHO, pattern, text, TransportWorld } from "./world.ts";

const BULK = 2;
const BULK_STREAMS = 8;
const BANDWIDTH_BPS = 10_000_000;
/** What a full packet takes on the link, in milliseconds. */
const PACKET_MS = ((1_452 + 28) * 8_000) / BANDWIDTH_BPS;
/** There and back on the idle link, with the serialization of one small packet each way. */
const IDLE_MS = 4.5;

/** The median and the worst time of a small call beside bulk, and what the bulk got meanwhile. */
async function besideBulk(priority: number): Promise<{
  readonly medianMs: number;
  readonly worstMs: number;
  readonly share: number;
}> {
  const world = new TransportWorld(3, { latencyMs: 2, bandwidthBps: BANDWIDTH_BPS });
  const { a, b, peer } = await world.pair();
  let bulkBytes = 0;
  b.transport.serve(BULK, (stream) => {
    void (async () => {
      for (;;) {
        const message = await stream.receive();
        bulkBytes += message?.length ?? 0;
      }
    })().catch(() => {});
  });
  for (let i = 0; i < BULK_STREAMS; i++) {
    void world.begin(a, async () => {
      const stream = peer.openStream(BULK, { priority: 3 });
      for (;;) await stream.sendBlocking(pattern(10_000));
    });
  }
  await world.sim.runFor(2_000);
  const [start, before] = [world.sim.now, bulkBytes];
  const times: number[] = [];
  for (let i = 0; i < 50; i++) {
    const from = world.sim.now;
    await world.act(a, async () => {
      const stream = peer.openStream(ECHO, { priority });
      stream.end(text("quick"));
      await stream.receive();
    });
    times.push(world.sim.now - from);
    await world.sim.runFor(13);
  }
  times.sort((one, other) => one - other);
  const possible = ((world.sim.now - start) * BANDWIDTH_BPS) / 8_000;
  return {
    medianMs: times[25] ?? Number.NaN,
    worstMs: times.at(-1) ?? Number.NaN,
    share: (bulkBytes - before) / possible,
  };
}

describe("beside eight bulk streams on a link of 10 Mbit/s a small call waits for", () => {
  test("one piece of each and a short queue on the path, if it is no more urgent", async () => {
    const { medianMs, worstMs, share } = await besideBulk(3);
    expect(medianMs).toBeLessThan(IDLE_MS + (BULK_STREAMS + 8) * PACKET_MS);
    expect(worstMs).toBeLessThan(IDLE_MS + (BULK_STREAMS + 12) * PACKET_MS);
    expect(share).toBeGreaterThan(0.9);
  });

  test("the queue on the path alone, if it is more urgent", async () => {
    const { medianMs, worstMs, share } = await besideBulk(0);
    expect(medianMs).toBeLessThan(IDLE_MS + 8 * PACKET_MS);
    expect(worstMs).toBeLessThan(IDLE_MS + 12 * PACKET_MS);
    expect(share).toBeGreaterThan(0.9);
  });
});

test("less urgent streams share what more urgent ones leave, but never starve", async () => {
  const world = new TransportWorld(4, { latencyMs: 2, bandwidthBps: BANDWIDTH_BPS });
  const { a, b, peer } = await world.pair();
  const got = new Map<number, number>();
  b.transport.serve(BULK, (stream) => {
    void (async () => {
      for (;;) {
        const { length } = (await stream.receive()) ?? pattern(0);
        got.set(stream.id, (got.get(stream.id) ?? 0) + length);
      }
    })().catch(() => {});
  });
  const ids = [1, 7].map((priority) => {
    const stream = peer.openStream(BULK, { priority });
    void world.begin(a, async () => {
      for (;;) await stream.sendBlocking(pattern(1_000));
    });
    return stream.id;
  });
  await world.sim.runFor(5_000);
  const [urgent = 0, other = 0] = ids.map((id) => got.get(id));
  expect(other).toBeGreaterThan(urgent / 32);
  expect(other).toBeLessThan(urgent / 8);
});

test("an answer goes by the priority that its handler sets", async () => {
  const world = new TransportWorld(5, { latencyMs: 2, bandwidthBps: 1_000_000 });
  const { a, b, peer } = await world.pair();
  const order: number[] = [];
  b.transport.serve(BULK, (stream) => {
    void stream.receive().then((message) => {
      stream.priority = message?.[0] ?? 3;
      stream.end(pattern(20_000));
    });
  });
  await world.act(a, () =>
    Promise.all(
      [6, 3, 0].map(async (priority) => {
        const stream = peer.openStream(BULK);
        expect(stream.priority).toBe(3);
        stream.end(Uint8Array.of(priority));
        await stream.receive();
        order.push(priority);
      }),
    ),
  );
  expect(order).toEqual([0, 3, 6]);
});
