import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { FrameType } from "../src/packet/frames.ts";
import { PacketType } from "../src/packet/header.ts";
import { HandshakeParty } from "./handshake-party.ts";
import { HostileRelay, relayFrame, routeFrame } from "./hostile-relay.ts";
import { frame, RawPeer } from "./raw-peer.ts";
import { Chain } from "./relay-world.ts";
import {
  askEcho,
  identityOf,
  serveEcho,
  type Station,
  text,
  TransportWorld,
  withBitFlipped,
} from "./world.ts";

/** Two stations that reach each other only through a relay of ill will. */
async function ambush(): Promise<{
  readonly world: TransportWorld;
  readonly a: Station;
  readonly c: Station;
  readonly relay: HostileRelay;
}> {
  const world = new TransportWorld();
  const [a, c] = [world.start("a"), world.start("c")];
  serveEcho(c);
  world.sim.network.partition(a.node, c.node);
  const relay = await HostileRelay.between(world, a, c);
  return { world, a, c, relay };
}

const dial =
  ({ transport: from }: Station, { transport: to }: Station) =>
  () =>
    from.connect({ nodeId: to.nodeId });

describe("a relay of ill will", () => {
  test("passes on what it cannot read", async () => {
    const { world, a, c, relay } = await ambush();
    const peer = await world.act(a, dial(a, c));
    const secret = text("a sentence that nobody else is to read ".repeat(20));
    expect(await world.act(a, () => askEcho(peer, secret))).toEqual(secret);
    expect(relay.seen.length).toBeGreaterThan(5);
    for (const inner of relay.seen) {
      expect(Buffer.from(inner).includes("a sentence")).toBe(false);
    }
  });

  test("cannot change a bit of it unnoticed", async () => {
    const { world, a, c, relay } = await ambush();
    const peer = await world.act(a, dial(a, c));
    expect(await world.act(a, () => askEcho(peer, text("before")))).toEqual(text("before"));
    const delivered: Uint8Array[] = [];
    c.transport.serve(9, (stream) => {
      void stream.receive().then((message) => delivered.push(message ?? new Uint8Array()));
    });
    let bit = 0;
    relay.meddle = (inner) => withBitFlipped(inner, (bit += 97) % (8 * inner.length));
    const stream = peer.openStream(9);
    void world.begin(a, () => stream.sendBlocking(text("changed on the way")));
    await world.sim.runFor(3_000);
    expect(delivered).toEqual([]);
    expect(c.transport.stats().dropped.unauthenticated).toBeGreaterThan(0);
    relay.meddle = (inner) => inner;
    await world.sim.runFor(3_000);
    expect(delivered).toEqual([text("changed on the way")]);
  });

  test("cannot pass for the node that is dialled", async () => {
    const { world, a, c, relay } = await ambush();
    relay.meddle = (inner) => withBitFlipped(inner, 8 * inner.length - 1);
    const error = await world.failure(a, dial(a, c));
    expect(error).toMatchObject({ kind: "handshake-timeout" });
    expect(c.transport.stats()).toMatchObject({ sessions: 1, peers: 1 });
  });

  test("cannot move a session to somebody else by a claim of whom a packet is from", async () => {
    const { world, a, c, relay } = await ambush();
    const peer = await world.act(a, dial(a, c));
    await world.act(a, () => askEcho(peer, text("hello")));
    const before = c.transport.peer(a.transport.nodeId)?.address;
    const stolen: Uint8Array[] = [];
    relay.meddle = (inner) => {
      stolen.push(inner);
      return undefined;
    };
    void world.begin(a, () => askEcho(peer, text("stolen")));
    await world.sim.runFor(20);
    const from = { nodeId: identityOf("somebody else").nodeId };
    for (const inner of stolen) relay.say(1, relayFrame({ from, to: c.transport }, inner));
    await world.sim.runFor(20);
    expect(stolen.length).toBeGreaterThan(0);
    expect(c.transport.peer(a.transport.nodeId)?.address).toBe(before);
  });

  test("that lies about routes gets nobody to forward in circles", async () => {
    const chain = await Chain.of(3);
    const { world } = chain;
    const [a, b] = [chain.at(0), chain.at(1)];
    const liar = new RawPeer(world.sim.node("liar"));
    await world.sim.settle(liar.dial(b.transport.address));
    const { nodeId } = liar.own.identity;
    const far = identityOf("far away").nodeId;
    let sequence = 0;
    const lies = [
      { destination: b.transport.nodeId, path: [nodeId] },
      { destination: far, path: [nodeId, b.transport.nodeId] },
      { destination: far, path: [nodeId, far] },
      { destination: far, path: [a.transport.nodeId] },
      { destination: far, path: Array.from({ length: 9 }, (_, i) => identityOf(`${i}`).nodeId) },
    ];
    liar.send(...lies.map((lie) => routeFrame({ sequence: ++sequence, ...lie })));
    await world.sim.runFor(100);
    expect(b.transport.stats().relay.routesIgnored).toEqual({ implausible: 3, loop: 2 });
    expect(b.transport.stats().violations).toEqual({});
    expect(a.transport.stats().relay.routes).toBe(2);
  });

  test("that floods with routes fills no more than its share", async () => {
    const configs = { b: { limits: { maxRoutesPerPeer: 100 } } };
    const chain = await Chain.of(3, { configs });
    const { world } = chain;
    const b = chain.at(1);
    const liar = new RawPeer(world.sim.node("liar"));
    await world.sim.settle(liar.dial(b.transport.address));
    const path = [liar.own.identity.nodeId];
    for (let i = 0; i < 1_000; i += 20) {
      const words = Array.from({ length: 20 }, (_, n) => ({
        sequence: i + n + 1,
        destination: identityOf(`made up ${i + n}`).nodeId,
        path,
      }));
      liar.send(...words.map(routeFrame));
      await world.sim.runFor(5);
    }
    const { relay } = b.transport.stats();
    expect(relay.routes).toBe(100);
    expect(relay.routesIgnored).toEqual({ "too-many": 900 });
  });

  test.each([
    ["a route cut short", Uint8Array.of(FrameType.route, 1, 2, 3)],
    ["a path cut short", frame(FrameType.route, [1], new Uint8Array(17).fill(9))],
    ["a packet cut short", Uint8Array.of(FrameType.relay, 16, ...new Uint8Array(32), 9, 1)],
    ["a limit cut short", Uint8Array.of(FrameType.relayLimit, 16, 1)],
  ])("that says nonsense (%s) loses its session", async (_, nonsense) => {
    const world = new TransportWorld();
    const b = world.start("b");
    const liar = new RawPeer(world.sim.node("liar"));
    await world.sim.settle(liar.dial(b.transport.address));
    liar.send(nonsense);
    await world.sim.runFor(50);
    expect(b.transport.stats()).toMatchObject({ sessions: 0, violations: { truncated: 1 } });
  });
});

describe("handshakes through a relay", () => {
  test("are rationed by relay and claimed source: a flood through one keeps out no other", async () => {
    const world = new TransportWorld();
    const [target, good, far] = [world.start("target"), world.start("good"), world.start("far")];
    serveEcho(target);
    world.sim.network.partition(far.node, target.node);
    await world.connect(good, target);
    await world.connect(far, good);
    const flood = new RawPeer(world.sim.node("flood"));
    await world.sim.settle(flood.dial(target.transport.address));
    const party = new HandshakeParty("party", new ManualClock());
    const init = party.init({ index: 1, length: 1_100 });
    for (let i = 0; i < 1_000; i++) {
      const from = { nodeId: identityOf(`claimed ${i}`).nodeId };
      flood.send(relayFrame({ from, to: target.transport }, init));
      if (i % 20 === 0) await world.sim.runFor(1);
    }
    const { dropped, pendingHandshakes } = target.transport.stats();
    const unserved = dropped["handshake-cookie-required"] ?? 0;
    expect(unserved + (dropped["handshake-rate-limited"] ?? 0)).toBeGreaterThan(800);
    expect(pendingHandshakes).toBeLessThanOrEqual(65);
    const peer = await world.act(far, dial(far, target));
    expect(await world.act(far, () => askEcho(peer, text("hello")))).toEqual(text("hello"));
  });

  test("are taken only from whom they prove to be from", async () => {
    const { world, a, c, relay } = await ambush();
    const claimed = { nodeId: identityOf("somebody else").nodeId };
    let renamed = 0;
    relay.meddle = (inner) => {
      if (inner[0] !== PacketType.init && inner[0] !== PacketType.final) return inner;
      renamed++;
      relay.say(1, relayFrame({ from: claimed, to: c.transport }, inner));
      return undefined;
    };
    const failure = await world.failure(a, dial(a, c));
    expect(failure).toMatchObject({ kind: "handshake-timeout" });
    expect(renamed).toBeGreaterThan(3);
    expect(c.transport.peer(a.transport.nodeId)).toBeUndefined();
  });
});
