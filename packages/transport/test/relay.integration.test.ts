import { describe, expect, test } from "vitest";

import type { Peer } from "../src/index.ts";
import { Chain } from "./relay-world.ts";
import { askEcho, ECHO, pattern, same, serveEcho, type Station, TransportWorld } from "./world.ts";

/** A protocol whose streams are kept. */
const KEPT = 7;

/** The same peer as the other end sees it. */
const back = (at: Station, of: Station): Peer => {
  const peer = at.transport.peer(of.transport.nodeId);
  if (peer === undefined) throw new Error("no such peer");
  return peer;
};

describe("two nodes without a direct path", () => {
  test("talk through one that both reach, both ways, byte by byte", async () => {
    const chain = await Chain.of(3);
    const [a, c] = [chain.at(0), chain.at(2)];
    const peer = await chain.relay(a, c);
    expect(peer).toMatchObject({ isRelayed: true, address: `relay:${c.transport.nodeId}` });
    for (let i = 0; i < 100; i++) {
      const message = pattern(37 * i);
      expect(same(await chain.world.act(a, () => askEcho(peer, message)), message)).toBe(true);
    }
    const answer = await chain.world.act(c, () => askEcho(back(c, a), pattern(2_000)));
    expect(answer).toEqual(pattern(2_000));
  });

  test("are told apart from two that nothing connects", async () => {
    const chain = await Chain.of(3);
    const [a, b, c] = [chain.at(0), chain.at(1), chain.at(2)];
    chain.world.sim.network.partition(b.node, c.node);
    await chain.world.sim.runFor(12_000);
    const dial = () => a.transport.connect({ nodeId: c.transport.nodeId });
    expect(await chain.world.failure(a, dial)).toMatchObject({ kind: "no-route", retryable: true });
    expect(await chain.world.failure(a, () => a.transport.connect({}))).toBeInstanceOf(TypeError);
  });

  test("do not reach one that stood still with what was taken back meanwhile", async () => {
    const chain = await Chain.of(3);
    const { world } = chain;
    const [a, b, c] = [chain.at(0), chain.at(1), chain.at(2)];
    const started: number[] = [];
    c.transport.serve(KEPT, ({ nodeId, stallMs }) => {
      if (nodeId === a.transport.nodeId) started.push(stallMs);
    });
    const peer = await chain.relay(a, c);
    world.sim.freeze(c.node);
    // As much as the window takes: what is relayed has to wait.
    await world.act(b, () => back(b, c).openStream(KEPT).send(pattern(60_000)));
    await world.sim.runFor(5);
    await world.act(a, async () => {
      const streams = Array.from({ length: 8 }, () => peer.openStream(KEPT));
      for (const stream of streams) stream.send(pattern(1_000));
      await a.node.clock.sleep(50);
      for (const stream of streams) stream.reset(1);
    });
    await world.sim.runFor(600);
    world.sim.thaw(c.node);
    await world.sim.runFor(3_000);
    // What its socket had taken before, it knows to be old.
    expect(started.filter((stallMs) => stallMs < 500)).toEqual([]);
    expect(b.transport.stats().relay.dropped["too-old"]).toBeGreaterThan(0);
    expect(await world.act(a, () => askEcho(peer, pattern(20)))).toEqual(pattern(20));
  });

  test("talk through several, one after the other", async () => {
    const chain = await Chain.of(4);
    const [a, b, c, d] = [chain.at(0), chain.at(1), chain.at(2), chain.at(3)];
    const peer = await chain.relay(a, d);
    const message = pattern(5_000);
    expect(await chain.world.act(a, () => askEcho(peer, message))).toEqual(message);
    expect(peer.rttMs).toBeGreaterThan(10);
    for (const relay of [b, c]) {
      const { peers, relay: stats } = relay.transport.stats();
      expect([peers, stats.forwarded > 10, stats.dropped]).toEqual([2, true, {}]);
    }
  });

  test("lose nothing when a fifth of all packets is lost on every hop", async () => {
    const chain = await Chain.of(3);
    const [a, c] = [chain.at(0), chain.at(2)];
    const peer = await chain.relay(a, c);
    chain.world.sim.network.linkAll({ lossRate: 0.2, jitterMs: 3 });
    const messages = Array.from({ length: 30 }, (_, i) => pattern(1 + 211 * i));
    const answers = chain.world.act(a, () =>
      Promise.all(messages.map((message) => askEcho(peer, message))),
    );
    for (const [i, answer] of (await answers).entries()) {
      expect(same(answer, messages[i] ?? new Uint8Array())).toBe(true);
    }
  });

  test("pass a message of a mebibyte", async () => {
    const chain = await Chain.of(3, { link: { bandwidthBps: 50_000_000 } });
    const [a, b, c] = [chain.at(0), chain.at(1), chain.at(2)];
    const peer = await chain.relay(a, c);
    const message = pattern(1_048_576);
    const startedAt = chain.world.sim.now;
    expect(same(await chain.world.act(a, () => askEcho(peer, message)), message)).toBe(true);
    expect(chain.world.sim.now - startedAt).toBeLessThan(3_000);
    expect(b.transport.stats().relay.forwardedBytes).toBeGreaterThan(2 * message.length);
  });

  test("notice it when the other one dies, and when it comes back", async () => {
    const chain = await Chain.of(3);
    const { world } = chain;
    const [a, b, c] = [chain.at(0), chain.at(1), chain.at(2)];
    await chain.relay(a, c);
    await world.sim.runFor(3_000);
    expect(a.events).toEqual(["connected", "connected"]);
    world.sim.network.partition(b.node, c.node);
    await world.sim.runFor(12_000);
    expect(a.events).toContain("failed");
    expect(a.transport.peer(b.transport.nodeId)?.state).toBe("responsive");
    world.sim.network.heal(b.node, c.node);
    await world.sim.runFor(3_000);
    expect(a.transport.peer(c.transport.nodeId)?.state).toBe("responsive");
    expect(a.events.at(-1)).toBe("responsive");
  });

  test("hear at once of the end of the other, and of that of the relay", async () => {
    const chain = await Chain.of(4);
    const { world } = chain;
    const [a, b, c, d] = [chain.at(0), chain.at(1), chain.at(2), chain.at(3)];
    await chain.relay(a, c);
    await chain.relay(a, d);
    const startedAt = world.sim.now;
    await world.act(c, () => c.transport.close());
    expect(world.sim.now - startedAt).toBeLessThan(1_000);
    expect(a.transport.peer(c.transport.nodeId)).toBeUndefined();
    await world.sim.runFor(50);
    expect(a.transport.stats().relay.routes).toBe(0);
    expect(b.transport.stats().relay.routes).toBe(0);
    expect(a.transport.peer(d.transport.nodeId)).toBeDefined();
  });
});

describe("a node that stops answering", () => {
  test("is no longer offered to others long before it counts as failed", async () => {
    const chain = await Chain.of(3);
    const { world } = chain;
    const [a, b, c] = [chain.at(0), chain.at(1), chain.at(2)];
    const stream = b.transport.peer(c.transport.nodeId)?.openStream(ECHO, { watched: true });
    stream?.send(pattern(1));
    await world.sim.runFor(100);
    expect(a.transport.stats().relay.routes).toBe(1);
    world.sim.kill(c.node);
    await world.sim.runFor(400);
    expect(a.transport.stats().relay.routes).toBe(0);
    expect(b.events).not.toContain("suspected");
  });
});

describe("a node that does not relay", () => {
  test("is reached through others, and uses them, and passes on nothing", async () => {
    const chain = await Chain.of(4, { configs: { c: { relay: { forward: false } } } });
    const [a, b, c, d] = [chain.at(0), chain.at(1), chain.at(2), chain.at(3)];
    const peer = await chain.relay(a, c);
    expect(await chain.world.act(a, () => askEcho(peer, pattern(9)))).toEqual(pattern(9));
    const routes = chain.stations.map(({ transport }) => transport.stats().relay.routes);
    expect(routes).toEqual([1, 0, 1, 0]);
    const toD = { nodeId: d.transport.nodeId };
    const error = await chain.world.failure(b, () => b.transport.connect(toD));
    expect(error).toMatchObject({ kind: "no-route" });
    expect(c.transport.stats().relay.forwarded).toBe(0);
  });
});

describe("packets of a relayed session", () => {
  test("start small enough for every hop, and grow to what the smallest takes", async () => {
    const chain = await Chain.of(4, { link: { mtuBytes: 1_472 } });
    const { world } = chain;
    const [a, b, c, d] = [chain.at(0), chain.at(1), chain.at(2), chain.at(3)];
    world.sim.network.link(b.node, c.node, { latencyMs: 2, mtuBytes: 1_228 });
    const largest = { ab: 0, bc: 0 };
    world.sim.network.tap(({ from, to, datagram }) => {
      if (from === "a" && to === "b") largest.ab = Math.max(largest.ab, datagram.length);
      if (from === "b" && to === "c") largest.bc = Math.max(largest.bc, datagram.length);
    });
    const peer = await chain.relay(a, d);
    expect(largest).toEqual({ ab: 1_166, bc: 1_166 });
    // The first hop takes large packets, as it turns out: only the relay knows that the next does not.
    const message = pattern(300_000);
    const beside = a.transport.peers().find(({ isRelayed }) => !isRelayed);
    if (beside === undefined) throw new Error("no direct peer");
    expect(same(await world.act(a, () => askEcho(beside, message)), message)).toBe(true);
    expect(largest.ab).toBe(1_452);
    expect(same(await world.act(a, () => askEcho(peer, message)), message)).toBe(true);
    expect(b.transport.stats().relay.dropped).toEqual({ "too-large": 1 });
    expect(largest.bc).toBeGreaterThan(1_166);
    expect(same(await world.act(a, () => askEcho(peer, message)), message)).toBe(true);
    expect(b.transport.stats().relay.dropped).toEqual({ "too-large": 1 });
  });
});

test("a flood through a relay leaves room for others", async () => {
  const limits = { relayBytesPerSecond: 1_000_000 };
  const world = new TransportWorld(1, { bandwidthBps: 100_000_000 });
  const [hub, target] = [world.start("hub", { limits }), world.start("target")];
  const [flood, calm] = [world.start("flood"), world.start("calm")];
  serveEcho(target);
  target.transport.serve(9, (stream) => {
    stream.onFailure(() => {});
  });
  for (const station of [flood, calm]) {
    world.sim.network.partition(station.node, target.node);
    await world.connect(station, hub);
  }
  await world.connect(target, hub);
  await world.sim.runFor(100);
  const to = { nodeId: target.transport.nodeId };
  const flooding = await world.act(flood, () => flood.transport.connect(to));
  const peer = await world.act(calm, () => calm.transport.connect(to));
  for (let i = 0; i < 30; i++) {
    void world.begin(flood, () => askEcho(flooding, pattern(1_000_000)));
  }
  await world.sim.runFor(2_000);
  const slowest = { ms: 0 };
  for (let i = 0; i < 50; i++) {
    const startedAt = world.sim.now;
    expect(await world.act(calm, () => askEcho(peer, pattern(500)))).toEqual(pattern(500));
    slowest.ms = Math.max(slowest.ms, world.sim.now - startedAt);
    await world.sim.runFor(20);
  }
  expect(hub.transport.stats().relay.dropped["rate-limit"]).toBeGreaterThan(0);
  expect(slowest.ms).toBeLessThan(60);
});
