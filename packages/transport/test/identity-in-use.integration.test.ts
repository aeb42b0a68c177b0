import { describe, expect, test } from "vitest";

import type { MessageStream, PeerEvent } from "../src/index.ts";
import { PacketType } from "../src/packet/header.ts";
import {
  askEcho,
  ECHO,
  identityOf,
  serveEcho,
  type Station,
  text,
  TransportWorld,
} from "./world.ts";

const TWIN = { identity: identityOf("b") };

/** `a` and `b` are connected; `twin` has the identity of `b`, and nobody knows of it yet. */
async function twins(
  options: { seed?: number; latencyMs?: number; lossRate?: number } = {},
): Promise<{
  readonly world: TransportWorld;
  readonly a: Station;
  readonly b: Station;
  readonly twin: Station;
  /** One message to whomever `a` takes for the node, and back. */
  readonly ask: () => Promise<unknown>;
}> {
  const { seed = 1, ...link } = options;
  const world = new TransportWorld(seed, { latencyMs: 5, ...link });
  const { a, b } = await world.pair();
  const twin = world.start("twin", TWIN);
  serveEcho(twin);
  await world.sim.runFor(50);
  const ask = (): Promise<unknown> =>
    world.act(a, async () => {
      const peer = a.transport.peer(b.transport.nodeId);
      if (peer === undefined) throw new Error("no peer");
      return await askEcho(peer, text("hello"));
    });
  // The living process has acknowledged something before: that alone says nothing.
  await ask();
  return { world, a, b, twin, ask };
}

/** Begins to dial; gives the error, if any. */
function beginDial(world: TransportWorld, from: Station, to: Station): Promise<unknown> {
  return world.begin(from, async () => {
    await from.transport.connect({ address: to.transport.address });
    return undefined;
  });
}

/** How `from` fares that dials `to`: the error, if any, and how long it took. */
async function dial(
  world: TransportWorld,
  from: Station,
  to: Station,
): Promise<{ readonly error: unknown; readonly tookMs: number }> {
  const started = world.sim.now;
  const dialled = beginDial(world, from, to);
  return { error: await world.sim.settle(dialled), tookMs: world.sim.now - started };
}

const IN_USE = { kind: "identity-in-use", retryable: true, delivered: "never" };

describe("a second process with the identity of a living one", () => {
  test("is refused when it dials, at once, and both ends hear of it", async () => {
    const { world, a, b, twin, ask } = await twins();
    const heard: PeerEvent[] = [];
    for (const { transport } of [a, twin]) transport.onPeer((event) => void heard.push(event));
    const { error, tookMs } = await dial(world, twin, a);
    expect(error).toMatchObject(IN_USE);
    expect(String(error)).toContain(`boot id ${b.transport.bootId}`);
    // The handshake of two round trips, and part of a probe timeout.
    expect(tookMs).toBeLessThan(100);
    expect(heard).toMatchObject([
      { type: "identity-in-use", peer: { bootId: b.transport.bootId, state: "responsive" } },
      { type: "identity-in-use", peer: { nodeId: a.transport.nodeId } },
    ]);
    for (const event of heard) expect(event.reason).toContain("another process of node");
    await world.sim.runFor(10_000);
    expect([a.events, b.events, twin.events]).toEqual([
      ["connected", "identity-in-use"],
      ["connected"],
      ["identity-in-use"],
    ]);
    expect(a.transport.stats()).toMatchObject({
      sessions: 1,
      dropped: { "identity-in-use": 1 },
    });
    expect([twin.transport.peers(), twin.transport.stats().sessions]).toEqual([[], 0]);
    expect(await ask()).toEqual(text("hello"));
  });

  test("is refused when it is dialled, and no stream of it is served meanwhile", async () => {
    const { world, a, b, twin, ask } = await twins();
    const served: MessageStream[] = [];
    a.transport.serve(7, (stream) => void served.push(stream));
    twin.transport.onPeer(({ type, peer }) => {
      if (type === "connected") peer.openStream(7).send(text("me"));
    });
    const { error, tookMs } = await dial(world, a, twin);
    expect(error).toMatchObject(IN_USE);
    expect(tookMs).toBeLessThan(100);
    await world.sim.runFor(10_000);
    expect([a.events, b.events, twin.events]).toEqual([
      ["connected", "identity-in-use"],
      ["connected"],
      ["connected", "identity-in-use", "disconnected"],
    ]);
    expect(served).toEqual([]);
    expect(await ask()).toEqual(text("hello"));
  });

  test("hears of it although the word that refuses it is lost", async () => {
    const { world, a, twin } = await twins({ latencyMs: 1 });
    let lost = 0;
    world.sim.network.tap(({ to, datagram }) => {
      if (to !== "twin" || datagram[0] !== PacketType.data || lost > 0) return undefined;
      lost++;
      return "drop";
    });
    const { error, tookMs } = await dial(world, twin, a);
    expect([error, lost]).toMatchObject([IN_USE, 1]);
    // Its next repetition of message 3 is answered by the same word.
    expect(tookMs).toBeLessThan(200);
  });

  test("does not win by bad luck: lost questions are asked again", async () => {
    const { world, a, b, twin } = await twins({ latencyMs: 20 });
    const dialled = beginDial(world, twin, a);
    world.sim.network.partition(a.node, b.node);
    await world.sim.runUntil(() => a.transport.stats().sessions === 2, 500);
    await world.sim.runFor(80);
    world.sim.network.heal();
    expect(await world.sim.settle(dialled)).toMatchObject(IN_USE);
  });

  test("may try again and again, and takes up a bounded number of places", async () => {
    const { world, a, b, twin } = await twins({ latencyMs: 20 });
    world.sim.network.isolate(b.node);
    const others = ["t2", "t3", "t4"].map((name) => world.start(name, TWIN));
    const outcomes = [twin, ...others].map((one) =>
      world.begin(one, async () => {
        await one.transport.connect({ address: a.transport.address });
        return one.node.name;
      }),
    );
    await world.sim.runUntil(() => a.transport.stats().sessions > 1, 500);
    let most = 0;
    for (let i = 0; i < 100; i++) {
      await world.sim.runFor(2);
      most = Math.max(most, a.transport.stats().sessions);
    }
    expect(most).toBeLessThanOrEqual(4);
    const settled = await world.sim.settle(Promise.all(outcomes));
    expect(settled.filter((outcome) => typeof outcome === "string")).toHaveLength(1);
    await world.sim.runFor(10_000);
    expect(a.transport.stats()).toMatchObject({ sessions: 1, peers: 1 });
  });

  test("is let go when the node that decides about it closes", async () => {
    const { world, a, b, twin } = await twins({ latencyMs: 20 });
    world.sim.network.isolate(b.node);
    const dialled = beginDial(world, twin, a);
    await world.sim.runUntil(() => a.transport.stats().sessions === 2, 500);
    const closed = world.begin(a, () => a.transport.close());
    const startedAt = world.sim.now;
    expect(await world.sim.settle(dialled)).toMatchObject({
      kind: "session-lost",
      delivered: "never",
    });
    // At once: it has nothing to do with what else is to be finished.
    expect(world.sim.now - startedAt).toBeLessThan(25);
    await world.sim.settle(closed);
    expect([a.node.pendingTimers, twin.events]).toEqual([0, []]);
  });
});

describe("a process that does not answer for its identity", () => {
  /** The newcomer takes the place of `b`, within three probe timeouts; `a` tells. */
  async function expectReplaced(
    { world, a, b, twin }: Awaited<ReturnType<typeof twins>>,
    limitMs = 200,
  ): Promise<void> {
    const stream = a.transport.peer(b.transport.nodeId)?.openStream(ECHO);
    const failed = world.begin(a, () => {
      stream?.send(text("unanswered"));
      return stream?.receive();
    });
    const { error, tookMs } = await dial(world, twin, a);
    expect(error).toBeUndefined();
    expect(tookMs).toBeLessThan(limitMs);
    expect(await world.sim.settle(failed)).toMatchObject({
      kind: "session-lost",
      delivered: "maybe",
    });
    expect(a.events.slice(-2)).toEqual(["disconnected", "connected"]);
    expect(a.events).not.toContain("identity-in-use");
    expect(a.transport.peer(b.transport.nodeId)?.bootId).toBe(twin.transport.bootId);
  }

  test("because it was killed, is replaced", async () => {
    const stage = await twins();
    stage.world.sim.kill(stage.b.node);
    await expectReplaced(stage);
    expect(await stage.ask()).toEqual(text("hello"));
  });

  test("because it cannot be reached, is replaced", async () => {
    const stage = await twins();
    stage.world.sim.network.partition(stage.a.node, stage.b.node);
    await expectReplaced(stage);
    expect(await stage.ask()).toEqual(text("hello"));
  });

  test("because it does not hear us, is replaced, although we hear it", async () => {
    const stage = await twins();
    stage.world.sim.network.partition(stage.a.node, stage.b.node, { oneWay: true });
    await expectReplaced(stage);
    await stage.world.sim.runFor(3_000);
    expect(stage.a.transport.peers().map(({ bootId }) => bootId)).toEqual([
      stage.twin.transport.bootId,
    ]);
  });

  test("because we do not hear it, is replaced, although it hears us", async () => {
    const stage = await twins();
    stage.world.sim.network.partition(stage.b.node, stage.a.node, { oneWay: true });
    await expectReplaced(stage);
    expect(await stage.ask()).toEqual(text("hello"));
  });

  test("because it is frozen, is replaced, and refused when it thaws", async () => {
    const stage = await twins();
    const { world, a, b, twin, ask } = stage;
    world.sim.freeze(b.node);
    await expectReplaced(stage);
    await world.sim.runFor(2_000);
    world.sim.thaw(b.node);
    await world.sim.runFor(10_000);
    expect(b.events).toEqual(["connected", "identity-in-use", "disconnected"]);
    expect(b.transport.stats()).toMatchObject({ sessions: 0, peers: 0 });
    expect(await dial(world, b, a)).toMatchObject({ error: IN_USE });
    expect(a.transport.peer(b.transport.nodeId)?.bootId).toBe(twin.transport.bootId);
    expect(a.events.filter((type) => type === "connected")).toHaveLength(2);
    expect(await ask()).toEqual(text("hello"));
  });

  test("is replaced by one that is dialled, whose streams are served then", async () => {
    const { world, a, b, twin } = await twins();
    const served: string[] = [];
    a.transport.serve(7, ({ nodeId }) => {
      served.push(`${nodeId === b.transport.nodeId} ${a.events.at(-1)}`);
    });
    twin.transport.onPeer(({ type, peer }) => {
      if (type === "connected") peer.openStream(7).send(text("me"));
    });
    world.sim.kill(b.node);
    const { error } = await dial(world, a, twin);
    expect(error).toBeUndefined();
    await world.sim.runFor(50);
    expect(served).toEqual(["true connected"]);
    expect(a.events).toEqual(["connected", "disconnected", "connected"]);
  });

  test("is not judged while the node that asks stands still itself", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { world, a, b, twin } = await twins({ seed, latencyMs: 20 });
      const dialled = beginDial(world, twin, a);
      await world.sim.runUntil(() => a.transport.stats().sessions === 2, 500);
      world.sim.freeze(a.node);
      await world.sim.runFor(1_000);
      world.sim.thaw(a.node);
      expect(await world.sim.settle(dialled), `seed ${seed}`).toMatchObject(IN_USE);
      expect(a.transport.peer(b.transport.nodeId)?.bootId).toBe(b.transport.bootId);
    }
  });
});

describe("a process that was restarted", () => {
  test.each([5, 40])(
    "at its old address takes its place within a round trip of the handshake (%i ms away)",
    async (latencyMs) => {
      const world = new TransportWorld(1, { latencyMs });
      const { a, b } = await world.pair();
      await world.sim.runFor(1_000);
      const reborn = world.start(world.sim.restart(b.node), TWIN);
      const { error, tookMs } = await dial(world, reborn, a);
      expect(error).toBeUndefined();
      // Two round trips of the handshake; the probe and the hint take the third.
      expect(tookMs).toBeLessThan(6 * latencyMs + 15);
      expect(a.events).toEqual(["connected", "disconnected", "connected"]);
    },
  );

  test("may dial, and be dialled, by the one that still remembers it", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = new TransportWorld(seed, { latencyMs: 10, jitterMs: 10 });
      const { a, b } = await world.pair();
      await world.sim.runFor(500);
      const reborn = world.start(world.sim.restart(b.node), TWIN);
      const both = await world.sim.settle(
        Promise.all([
          world.begin(reborn, async () => {
            const { nodeId } = await reborn.transport.connect({ address: a.transport.address });
            return nodeId;
          }),
          world.begin(a, async () => {
            const { bootId } = await a.transport.connect({ address: reborn.transport.address });
            return bootId;
          }),
        ]),
      );
      expect(both, `seed ${seed}`).toEqual([a.transport.nodeId, reborn.transport.bootId]);
      await world.sim.runFor(6_000);
      expect([a.transport.stats().sessions, reborn.transport.stats().sessions]).toEqual([1, 1]);
    }
  });
});
