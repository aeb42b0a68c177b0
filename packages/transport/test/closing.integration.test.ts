import { describe, expect, test } from "vitest";

import type { MessageStream, Peer } from "../src/index.ts";
import {
  askEcho,
  ECHO,
  pattern,
  readable,
  serveEcho,
  type Station,
  text,
  TransportWorld,
} from "./world.ts";

const SLOW = 2;

/** Answers each stream of {@link SLOW} after so many milliseconds. */
function serveSlowly({ transport, node }: Station, ms: number): void {
  transport.serve(SLOW, (stream) => {
    void (async () => {
      const question = await stream.receive();
      await node.clock.sleep(ms);
      stream.send(question ?? text("?"));
      stream.end();
    })().catch(() => {});
  });
}

async function ask(stream: MessageStream, question: string): Promise<string | undefined> {
  stream.send(text(question));
  stream.end();
  return readable(await stream.receive());
}

/** Nothing at all is left of what a station did. */
function expectNothingLeft({ transport, node }: Station): void {
  expect(transport.stats()).toMatchObject({ sessions: 0, streams: 0, peers: 0 });
  expect(node.pendingTimers).toBe(0);
}

describe("going away", () => {
  test("turns new streams elsewhere while those in progress go on", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    serveSlowly(b, 500);
    const running = world.begin(a, () => ask(peer.openStream(SLOW), "running"));
    await world.sim.runFor(20);
    await world.act(b, () => b.transport.goAway());
    await world.sim.runFor(20);
    expect([peer.isGoingAway, a.events]).toEqual([true, ["connected", "goodbye"]]);
    expect(() => peer.openStream(ECHO)).toThrow(
      expect.objectContaining({ kind: "going-away", delivered: "never", retryable: true }),
    );
    expect(await world.sim.settle(running)).toBe("running");
    expect(b.transport.stats().sessions).toBe(1);
  });

  test("still serves what was opened before it was heard of", async () => {
    const world = new TransportWorld(1, { latencyMs: 50 });
    const { a, b, peer } = await world.pair();
    await world.act(b, () => b.transport.goAway());
    await world.sim.runFor(10);
    expect(await world.act(a, () => askEcho(peer, text("crossing")))).toEqual(text("crossing"));
  });

  test("does not keep the leaving node itself from calling others", async () => {
    const world = new TransportWorld();
    const { a, b } = await world.pair();
    serveEcho(a);
    await world.act(b, () => b.transport.goAway());
    await world.sim.runFor(20);
    const back = b.transport.peer(a.transport.nodeId);
    expect(await world.act(b, () => askEcho(back!, text("goodbye")))).toEqual(text("goodbye"));
  });
});

describe("closing", () => {
  test("lets streams in progress finish, and leaves nothing on either side", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    serveSlowly(b, 300);
    const running = world.begin(a, () => ask(peer.openStream(SLOW), "running"));
    await world.sim.runFor(20);
    const closed = world.begin(b, () => b.transport.close());
    expect(await world.sim.settle(running)).toBe("running");
    await world.sim.settle(closed);
    await world.sim.runFor(200);
    expectNothingLeft(b);
    expectNothingLeft(a);
    expect(a.events).toEqual(["connected", "goodbye", "disconnected"]);
  });

  test("refuses streams that come after the last one taken: they were never delivered", async () => {
    const world = new TransportWorld(1, { latencyMs: 30 });
    const { a, b, peer } = await world.pair({ b: { limits: { drainMs: 1_000 } } });
    serveSlowly(b, 400);
    const running = world.begin(a, () => ask(peer.openStream(SLOW), "running"));
    await world.sim.runFor(50);
    // The word that b leaves does not arrive, so that a goes on opening streams.
    world.sim.network.partition(b.node, a.node, { oneWay: true });
    const closed = world.begin(b, () => b.transport.close());
    await world.sim.runFor(280);
    const late = world.begin(a, () => ask(peer.openStream(ECHO), "late"));
    await world.sim.runFor(50);
    world.sim.network.heal();
    expect(await world.sim.settle(late)).toMatchObject({ delivered: "never" });
    expect(await world.sim.settle(running)).toBe("running");
    await world.sim.settle(closed);
  });

  test("gives up on streams that do not finish within the drain time", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair({ b: { limits: { drainMs: 200 } } });
    serveSlowly(b, 60_000);
    const running = world.begin(a, () => ask(peer.openStream(SLOW), "too slow"));
    await world.sim.runFor(20);
    const started = world.sim.now;
    await world.act(b, () => b.transport.close());
    expect(world.sim.now - started).toBeLessThan(400);
    const error = await world.sim.settle(running);
    expect(error).toMatchObject({ kind: "session-lost", delivered: "maybe", retryable: true });
    expect(b.transport.stats()).toMatchObject({ sessions: 0, streams: 0 });
  });

  test("is heard through loss: CLOSE is repeated until it is answered", async () => {
    let heard = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const world = new TransportWorld(seed);
      const { a, b } = await world.pair();
      world.sim.network.linkAll({ lossRate: 0.3 });
      await world.act(b, () => b.transport.close());
      await world.sim.runFor(300);
      if (a.transport.stats().sessions === 0) heard++;
      expectNothingLeft(b);
    }
    // Four CLOSE packets, each lost with a chance of 0.3; the answers do not matter to `a`.
    expect(heard).toBeGreaterThanOrEqual(18);
  });

  test("does not wait long for a peer that is gone", async () => {
    const world = new TransportWorld();
    const { a, b } = await world.pair();
    world.sim.kill(a.node);
    await world.sim.runFor(5);
    const started = world.sim.now;
    await world.act(b, () => b.transport.close());
    expect(world.sim.now - started).toBeLessThan(1_500);
    expectNothingLeft(b);
  });

  test("tells a peer that missed every CLOSE when it next speaks", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    await world.sim.runFor(50);
    world.sim.network.partition(b.node, a.node, { oneWay: true });
    const closed = world.begin(b, () => b.transport.close());
    // What `a` says meanwhile gets a CLOSE in answer, too, as long as the socket is open.
    let answers = 0;
    world.sim.network.tap(({ from }) => {
      if (from === "b") answers++;
    });
    await world.sim.runFor(30);
    const before = answers;
    await world.act(a, () => peer.openStream(ECHO).send(text("are you there?")));
    await world.sim.runFor(6);
    expect(answers).toBeGreaterThan(before);
    await world.sim.settle(closed);
  });

  test("rejects everything afterwards, and may be asked for again", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    await world.act(a, () => Promise.all([a.transport.close(), a.transport.close()]));
    await world.act(a, () => a.transport[Symbol.asyncDispose]());
    for (const attempt of [
      () => a.transport.connect({ address: b.transport.address }),
      () => a.transport.connect({ address: b.transport.address, nodeId: b.transport.nodeId }),
      () => askEcho(peer, text("no")),
    ]) {
      expect(await world.failure(a, attempt)).toMatchObject({ kind: "closed", delivered: "never" });
    }
    expect(a.transport.peers()).toEqual([]);
    expectNothingLeft(a);
  });

  test("fails our own open streams with closed, as maybe delivered", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair({ a: { limits: { drainMs: 50 } } });
    serveSlowly(b, 60_000);
    const running = world.begin(a, () => ask(peer.openStream(SLOW), "unanswered"));
    await world.sim.runFor(20);
    await world.act(a, () => a.transport.close());
    expect(await running).toMatchObject({ kind: "closed", delivered: "maybe", retryable: false });
  });

  test("of both ends at once ends quickly and cleanly", async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const world = new TransportWorld(seed, { jitterMs: 3 });
      const { a, b } = await world.pair();
      const started = world.sim.now;
      const both = [a, b].map(({ node, transport }) =>
        world.sim.run(node, () => transport.close()),
      );
      await world.sim.settle(Promise.all(both));
      expect(world.sim.now - started).toBeLessThan(500);
      expectNothingLeft(a);
      expectNothingLeft(b);
    }
  });

  test("of a node with many peers tells every one of them", async () => {
    const world = new TransportWorld();
    const hub = world.start("hub");
    const others = ["p", "q", "r", "s", "t"].map((name) => world.start(name));
    for (const other of others) await world.connect(other, hub);
    await world.act(hub, () => hub.transport.close());
    await world.sim.runFor(100);
    for (const other of others) {
      expect(other.events).toEqual(["connected", "goodbye", "disconnected"]);
      expectNothingLeft(other);
    }
  });
});

test("a session that was closed may be followed by another at once", async () => {
  const world = new TransportWorld();
  const { a, b } = await world.pair();
  await world.act(a, () => a.transport.close());
  const again = world.start(world.sim.restart(a.node));
  const peer: Peer = await world.connect(again, b);
  expect(await world.act(again, () => askEcho(peer, pattern(9)))).toEqual(pattern(9));
  expect(b.events).toEqual(["connected", "goodbye", "disconnected", "connected"]);
});
