import { expect, test } from "vitest";

import type { MessageStream } from "../src/index.ts";
import { askEcho, readable, serveEcho, text, TransportWorld } from "./world.ts";

const HELD = 2;

test("a session that another one replaces fails no stream of either end", async () => {
  // With seed 70 the new session is known to one end alone for a while.
  for (const seed of [...Array(20).keys(), 70]) {
    const world = new TransportWorld(seed, { latencyMs: 10, jitterMs: 10, lossRate: 0.1 });
    const { a, b } = await world.pair();
    serveEcho(a);
    await world.sim.runFor(1_500);
    let asks = 0;
    let done = false;
    const asking = world.begin(b, async () => {
      const answers: Promise<unknown>[] = [];
      while (!done) {
        asks++;
        const peer = b.transport.peer(a.transport.nodeId);
        if (peer === undefined) throw new Error("the peer is gone");
        answers.push(askEcho(peer, text("hello")));
        await b.node.clock.sleep(7);
      }
      return await Promise.all(answers);
    });
    for (let i = 0; i < 3; i++) {
      await world.sim.runFor(1_500 + 60 * world.sim.random.next());
      await world.connect(a, b);
    }
    await world.sim.runFor(3_000);
    done = true;
    expect(await world.sim.settle(asking), `seed ${seed}`).toHaveLength(asks);
    await world.sim.runFor(6_000);
    expect(b.transport.stats()).toMatchObject({ sessions: 1, peers: 1, streams: 0 });
  }
});

test("a node that opens session after session loses its oldest, and shuts nobody out", async () => {
  const world = new TransportWorld(16);
  const b = world.start("b", { limits: { maxSessions: 9 } });
  b.transport.serve(HELD, () => {});
  serveEcho(b);
  const [greedy, honest] = [world.start("greedy"), world.start("honest")];
  const failures: unknown[] = [];
  for (let i = 0; i < 10; i++) {
    const peer = await world.connect(greedy, b);
    await world.act(greedy, () => {
      const stream: MessageStream = peer.openStream(HELD);
      stream.send(text("mine"));
      stream.onFailure((error) => failures.push([i, error]));
    });
    await world.sim.runFor(20);
  }
  expect(failures).toMatchObject([
    [0, { kind: "session-lost", delivered: "maybe" }],
    [1, { kind: "session-lost", delivered: "maybe" }],
  ]);
  expect(b.transport.stats()).toMatchObject({ sessions: 8, peers: 1 });
  const peer = await world.connect(honest, b);
  expect(await world.act(honest, () => askEcho(peer, text("me too")))).toEqual(text("me too"));
});

test("messages that wait to be read when a session is renewed are read all the same", async () => {
  const world = new TransportWorld(7, { latencyMs: 5 });
  const { a, b, peer } = await world.pair({ a: { limits: { sessionLifetimeMs: 2_000 } } });
  const SLOW = 9;
  const read: (string | undefined)[] = [];
  b.transport.serve(SLOW, (stream) => {
    void (async () => {
      await b.node.clock.sleep(9_000);
      for (;;) {
        const message = await stream.receive();
        read.push(readable(message));
        if (message === undefined) break;
      }
      stream.end();
    })().catch((error: unknown) => read.push(String(error)));
  });
  await world.act(a, () => {
    const stream = peer.openStream(SLOW);
    for (const word of ["one", "two", "three"]) stream.send(text(word));
    stream.end();
  });
  await world.sim.runFor(15_000);
  expect(read).toEqual(["one", "two", "three", undefined]);
  await world.sim.runUntil(() => b.transport.stats().sessions === 1, 5_000);
});
