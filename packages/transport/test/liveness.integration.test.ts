import { describe, expect, test } from "vitest";

import type { MessageStream, Peer } from "../src/index.ts";
import { PacketType } from "../src/packet/header.ts";
import { askEcho, pattern, type Station, text, TransportWorld } from "./world.ts";

const HELD = 2;

/** A pair on a 2 ms link of which `a` waits for an answer that never comes. */
async function waiting(seed: number | string = 1): Promise<{
  readonly world: TransportWorld;
  readonly a: Station;
  readonly b: Station;
  readonly peer: Peer;
  readonly stream: MessageStream;
}> {
  const world = new TransportWorld(seed);
  const { a, b, peer } = await world.pair();
  b.transport.serve(HELD, () => {});
  const stream = await world.act(a, () => {
    const opened = peer.openStream(HELD, { watched: true });
    opened.send(text("answer me"));
    return opened;
  });
  await world.sim.runFor(500);
  expect(a.events).toEqual(["connected"]);
  return { world, a, b, peer, stream };
}

type Fault = (world: TransportWorld, a: Station, b: Station) => void;

const faults: readonly (readonly [string, Fault])[] = [
  ["killed", ({ sim }, _, b) => sim.kill(b.node)],
  ["frozen", ({ sim }, _, b) => sim.freeze(b.node)],
  ["cut off", ({ sim }, _, b) => sim.network.isolate(b.node)],
  ["deaf", ({ sim }, a, b) => sim.network.partition(a.node, b.node, { oneWay: true })],
  ["mute", ({ sim }, a, b) => sim.network.partition(b.node, a.node, { oneWay: true })],
];

describe("a peer that somebody waits for", () => {
  test.each(faults)(
    "and that is %s is unresponsive after 150 to 300 ms, whenever that happens",
    async (_, fault) => {
      for (let i = 0; i < 12; i++) {
        const { world, a, b, peer } = await waiting(i);
        await world.sim.runFor(7.3 * i);
        const at = world.sim.now;
        fault(world, a, b);
        await world.sim.runUntil(() => a.events.includes("unresponsive"), 1_000);
        const noticedMs = world.sim.now - at;
        // The packet that found nobody may have been under way already.
        expect(noticedMs).toBeGreaterThanOrEqual(150 - 4);
        expect(noticedMs).toBeLessThanOrEqual(300);
        expect(peer.state).toBe("unresponsive");
      }
    },
  );

  test("and that answers is never unresponsive, for an hour", async () => {
    const { world, a } = await waiting();
    await world.sim.runFor(3_600_000);
    expect(a.events).toEqual(["connected"]);
  });

  test.each(["deaf", "mute", "frozen"])(
    "and that was %s is responsive again with its first acknowledgement",
    async (name) => {
      const [, fault] = faults.find(([known]) => known === name)!;
      const { world, a, b, peer } = await waiting();
      fault(world, a, b);
      await world.sim.runFor(1_000);
      expect(a.events).toEqual(["connected", "unresponsive"]);
      world.sim.network.heal();
      world.sim.thaw(b.node);
      const at = world.sim.now;
      await world.sim.runUntil(() => a.events.includes("responsive"));
      expect(world.sim.now - at).toBeLessThan(200);
      expect(peer.state).toBe("responsive");
    },
  );
});

test("signs of life do not hide that nothing of ours arrives", async () => {
  const { world, a, b, peer } = await waiting();
  const heard = (): number => a.transport.stats().datagramsReceived;
  world.sim.network.partition(a.node, b.node, { oneWay: true });
  await world.sim.runFor(500);
  const before = heard();
  await world.sim.runFor(15_000);
  expect(heard()).toBeGreaterThan(before + 10);
  // For membership they count: whoever speaks is not gone.
  expect(a.events).toEqual(["connected", "unresponsive"]);
  expect(peer.state).toBe("unresponsive");
  // The other end hears nothing at all.
  expect(b.events).toEqual(["connected", "unresponsive", "suspected", "failed"]);
});

describe("our own standstill", () => {
  test.each([100, 600, 3_000])("of %i ms is blamed on nobody", async (ms) => {
    for (let seed = 1; seed <= 10; seed++) {
      const { world, a, b } = await waiting(seed);
      await world.sim.runFor(11 * seed);
      await world.act(a, () => a.node.spend(ms));
      await world.sim.runFor(ms + 2_000);
      expect(a.events).toEqual(["connected"]);
      expect(b.transport.stats().sessions).toBe(1);
    }
  });

  test("as a frozen process is blamed on nobody either", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { world, a } = await waiting(seed);
      world.sim.freeze(a.node);
      await world.sim.runFor(2_500);
      world.sim.thaw(a.node);
      await world.sim.runFor(3_000);
      expect(a.events).toEqual(["connected"]);
    }
  });

  test("is told to handlers, so that they can charge it to deadlines", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const stalls: number[] = [];
    b.transport.serve(HELD, (stream) => {
      stalls.push(stream.stallMs);
      stream.end();
    });
    await world.sim.runFor(100);
    world.sim.freeze(b.node);
    await world.act(a, () => peer.openStream(HELD).send(text("while you slept")));
    await world.sim.runFor(700);
    world.sim.thaw(b.node);
    await world.sim.runFor(100);
    await world.act(a, () => peer.openStream(HELD).send(text("awake")));
    await world.sim.runFor(100);
    expect(stalls).toHaveLength(2);
    expect(stalls[0]).toBeGreaterThan(600);
    expect(stalls[0]).toBeLessThan(760);
    expect(stalls[1]).toBe(0);
  });

  test("starts no handler for what was taken back meanwhile", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = new TransportWorld(seed);
      const { a, b, peer } = await world.pair();
      let started = 0;
      b.transport.serve(HELD, () => started++);
      await world.sim.runFor(100);
      world.sim.freeze(b.node);
      await world.act(a, async () => {
        const stream = peer.openStream(HELD);
        stream.send(text("never mind"));
        await a.node.clock.sleep(300);
        stream.reset(1);
      });
      await world.sim.runFor(300);
      world.sim.thaw(b.node);
      await world.sim.runFor(200);
      expect(started).toBe(0);
    }
  });
});

test("a busy peer is judged by its pace: 256 calls of a millisecond each are no silence", async () => {
  const world = new TransportWorld();
  const { a, b, peer } = await world.pair();
  b.transport.serve(HELD, (stream) => {
    b.node.spend(1);
    void stream.receive();
    stream.send(text("done"));
    stream.end();
  });
  for (let round = 0; round < 5; round++) {
    const answers = await world.act(a, () =>
      Promise.all(
        Array.from({ length: 256 }, async () => {
          const stream = peer.openStream(HELD, { watched: true });
          stream.send(text("work"));
          stream.end();
          return await stream.receive();
        }),
      ),
    );
    expect(answers).toHaveLength(256);
  }
  expect(a.events).toEqual(["connected"]);
});

describe("membership", () => {
  test.each(["idle", "in use"])(
    "survives ten minutes of 20 %% loss with 200 ms of jitter (%s)",
    async (use) => {
      for (const seed of [1, 2, 3]) {
        const world = new TransportWorld(seed);
        const { a, b, peer } = await world.pair();
        world.sim.network.linkAll({ lossRate: 0.2, jitterMs: 200 });
        if (use === "in use") {
          void world.begin(a, async () => {
            for (;;) {
              await askEcho(peer, pattern(300));
              await a.node.clock.sleep(2_000);
            }
          });
        }
        await world.sim.runFor(600_000);
        for (const { events } of [a, b]) {
          expect(events).not.toContain("failed");
          expect(events).not.toContain("disconnected");
        }
      }
    },
  );

  test("ends step by step: unresponsive, suspected, failed, and at last forgotten", async () => {
    const { world, a, b, stream } = await waiting();
    const at = world.sim.now;
    world.sim.kill(b.node);
    await world.sim.runFor(80_000);
    expect(a.events).toEqual(["connected", "unresponsive", "suspected", "failed", "disconnected"]);
    const after = a.eventTimes.map((time) => Math.round((time - at) / 100) / 10);
    expect(after.slice(2)).toEqual([4, 10, 60]);
    expect(a.transport.stats()).toMatchObject({ sessions: 0, peers: 0, streams: 0 });
    expect(a.node.pendingTimers).toBe(0);
    await expect(stream.receive()).rejects.toMatchObject({
      kind: "peer-failed",
      delivered: "maybe",
      retryable: true,
    });
  });

  test("of an idle peer ends too: heartbeats notice", async () => {
    const world = new TransportWorld();
    const { a, b } = await world.pair();
    world.sim.kill(b.node);
    await world.sim.runFor(12_000);
    expect(a.events).toEqual(["connected", "unresponsive", "suspected", "failed"]);
  });

  test("is taken up again on the same session when a partition heals", async () => {
    const { world, a, b, peer, stream } = await waiting();
    const lost: string[] = [];
    b.transport.serve(3, (incoming) => incoming.onFailure(({ kind }) => lost.push(kind)));
    await world.act(a, () => peer.openStream(3).send(text("held")));
    await world.sim.runFor(50);
    let inits = 0;
    world.sim.network.tap(({ datagram }) => {
      if (datagram[0] === PacketType.init) inits++;
    });
    world.sim.network.partition(a.node, b.node);
    await world.sim.runFor(20_000);
    expect(a.events).toEqual(["connected", "unresponsive", "suspected", "failed"]);
    expect(peer.state).toBe("failed");
    await expect(stream.receive()).rejects.toMatchObject({ kind: "peer-failed" });
    expect(lost).toEqual(["peer-failed"]);
    world.sim.network.heal();
    const at = world.sim.now;
    await world.sim.runUntil(() => a.events.includes("recovered"));
    expect(world.sim.now - at).toBeLessThan(2_000);
    await world.sim.runFor(2_000);
    expect([inits, a.transport.stats().sessions, b.transport.stats().sessions]).toEqual([0, 1, 1]);
    expect([peer.state, a.transport.peer(b.transport.nodeId)]).toEqual(["responsive", peer]);
    expect(await world.act(a, () => askEcho(peer, text("again")))).toEqual(text("again"));
    await world.sim.runFor(100);
    expect([a.transport.stats().streams, b.transport.stats().streams]).toEqual([0, 0]);
  });

  test("holds no new stream on a peer that failed: the caller may wait or go elsewhere", async () => {
    const { world, a, b, peer } = await waiting();
    world.sim.network.isolate(b.node);
    await world.sim.runFor(12_000);
    const asked = world.begin(a, () => askEcho(peer, text("when you are back")));
    await world.sim.runFor(1_000);
    world.sim.network.heal();
    expect(await world.sim.settle(asked)).toEqual(text("when you are back"));
    expect(a.transport.peer(b.transport.nodeId)).toBe(peer);
  });

  test("is dialled anew at the same address when a failed peer is asked for", async () => {
    const { world, a, b } = await waiting();
    world.sim.kill(b.node);
    await world.sim.runFor(12_000);
    const { nodeId, address } = b.transport;
    const error = await world.failure(a, () =>
      a.transport.connect({ nodeId, address }, { timeoutMs: 500 }),
    );
    expect(error).toMatchObject({ kind: "handshake-timeout" });
  });
});

test("keep-alives run at 50 ms while somebody waits, at a second when nobody does", async () => {
  const { world, a, stream } = await waiting();
  const sentIn = async (ms: number): Promise<number> => {
    const before = a.transport.stats().datagramsSent;
    await world.sim.runFor(ms);
    return a.transport.stats().datagramsSent - before;
  };
  const watched = await sentIn(10_000);
  expect(watched).toBeGreaterThan(150);
  expect(watched).toBeLessThan(450);
  await world.act(a, () => stream.reset(1));
  await world.sim.runFor(1_000);
  expect(await sentIn(10_000)).toBeLessThan(45);
});

test("a message of which one part came before its receiver stood still is known to be old", async () => {
  const world = new TransportWorld();
  const { a, b, peer } = await world.pair();
  const ages: number[] = [];
  let began = false;
  b.transport.serve(9, async (stream) => {
    began = true;
    await stream.receive();
    ages.push(stream.stallMs);
    stream.end();
  });
  // More than the window lets go at once.
  await world.act(a, () => peer.openStream(9).end(pattern(60_000)));
  await world.sim.runUntil(() => began);
  world.sim.freeze(b.node);
  await world.sim.runFor(700);
  expect(ages).toEqual([]);
  world.sim.thaw(b.node);
  await world.sim.runUntil(() => ages.length > 0);
  expect(ages[0]).toBeGreaterThan(600);
});
