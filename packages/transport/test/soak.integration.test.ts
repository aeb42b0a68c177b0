import { expect, test } from "vitest";

import type { MessageStream, Peer } from "../src/index.ts";
import { pattern, same, type Station, TransportWorld } from "./world.ts";

const COUNTED_ECHO = 9;
const STREAMS = 25;

/** A pair on a network whose faults are drawn from the seed. */
async function badNetwork(seed: number): Promise<{
  readonly world: TransportWorld;
  readonly a: Station;
  readonly b: Station;
  readonly peer: Peer;
}> {
  const world = new TransportWorld(seed);
  const random = world.sim.random.split("network");
  const pair = await world.pair();
  world.sim.network.linkAll({
    latencyMs: 1 + 20 * random.next(),
    jitterMs: 20 * random.next(),
    lossRate: 0.2 * random.next(),
    duplicateRate: 0.1 * random.next(),
    reorderRate: 0.2 * random.next(),
  });
  return { world, ...pair };
}

/** One stream with some messages there and back, the lengths drawn at random. */
async function exchange(stream: MessageStream, random: () => number): Promise<boolean> {
  const lengths = Array.from({ length: 1 + Math.floor(4 * random()) }, () =>
    Math.floor(random() * (random() < 0.2 ? 300_000 : 3_000)),
  );
  const reading = (async (): Promise<boolean> => {
    for (const length of lengths) {
      if (!same(await stream.receive(), pattern(length))) return false;
    }
    return (await stream.receive()) === undefined;
  })();
  for (const length of lengths) await stream.sendBlocking(pattern(length));
  stream.end();
  return await reading;
}

/** Everything that two nodes say to each other, and what is left of it. */
async function run(seed: number): Promise<string> {
  const { world, a, b, peer } = await badNetwork(seed);
  const starts = new Map<number, number>();
  b.transport.serve(COUNTED_ECHO, (stream) => {
    starts.set(stream.id, (starts.get(stream.id) ?? 0) + 1);
    void (async () => {
      for (;;) {
        const message = await stream.receive();
        if (message === undefined) break;
        await stream.sendBlocking(message);
      }
      stream.end();
    })();
  });
  const random = world.sim.random.split("workload");
  const done = await world.act(
    a,
    () =>
      Promise.all(
        Array.from({ length: STREAMS }, async () => {
          await a.node.clock.sleep(3_000 * random.next());
          return await exchange(peer.openStream(COUNTED_ECHO, { watched: true }), random.next);
        }),
      ),
    120_000,
  );
  expect(done).toEqual(done.map(() => true));
  expect(Math.max(...starts.values())).toBe(1);
  await world.sim.runFor(3_000);
  for (const { transport, events } of [a, b]) {
    expect(transport.stats()).toMatchObject({ streams: 0, sessions: 1, violations: {} });
    expect(events).not.toContain("failed");
    expect(events).not.toContain("disconnected");
  }
  await world.act(a, () => a.transport.close());
  await world.sim.runFor(500);
  await world.act(b, () => b.transport.close());
  expect([a.node.pendingTimers, b.node.pendingTimers]).toEqual([0, 0]);
  return world.sim.traceHash;
}

test.each(Array.from({ length: 15 }, (_, i) => i + 1))(
  "whatever the network does, all arrives once, in order, and nothing is left (seed %i)",
  async (seed) => {
    expect(await run(seed)).toMatch(/^[0-9a-f]+$/);
  },
);

test("equal seeds give equal runs, to the last bit", async () => {
  const [first, second] = [await run(99), await run(99)];
  expect(first).toBe(second);
});
