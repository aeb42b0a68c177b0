import { ManualClock, type TapEvent } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { createTransport } from "../src/index.ts";
import { PacketType } from "../src/packet/header.ts";
import { HandshakeParty } from "./handshake-party.ts";
import { askEcho, identityOf, pattern, PSK, serveEcho, text, TransportWorld } from "./world.ts";

/** Copies of the datagrams that match, as they are sent. */
function record(world: TransportWorld, wanted: (event: TapEvent) => boolean): Uint8Array[] {
  const copies: Uint8Array[] = [];
  world.sim.network.tap((event) => {
    if (wanted(event)) copies.push(event.datagram.slice());
  });
  return copies;
}

const ofType = (type: number) => (event: TapEvent) => event.datagram[0] === type;

describe("a handshake", () => {
  test("gives both ends a session with the other, whom they now know by its node id", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    expect(peer.nodeId).toBe(b.transport.nodeId);
    expect(peer).toMatchObject({
      entityId: identityOf("b").entityId,
      bootId: b.transport.bootId,
      state: "responsive",
      isGoingAway: false,
      address: b.transport.address,
      addresses: [b.transport.address],
    });
    const back = b.transport.peer(a.transport.nodeId);
    expect(back).toMatchObject({ bootId: a.transport.bootId, address: a.transport.address });
    expect([a.events, b.events]).toEqual([["connected"], ["connected"]]);
    expect(await world.act(a, () => askEcho(peer, text("hello")))).toEqual(text("hello"));
  });

  test("takes one and a half round trips, and measures them", async () => {
    const world = new TransportWorld(1, { latencyMs: 40 });
    const { peer } = await world.pair();
    expect(world.sim.now).toBeGreaterThanOrEqual(160);
    expect(world.sim.now).toBeLessThan(175);
    expect(peer.rttMs).toBeGreaterThan(75);
    expect(peer.rttMs).toBeLessThan(95);
  });

  test("tells of the addresses under which a node wants to be dialled", async () => {
    const world = new TransportWorld();
    const advertise = ["b.example:7000", "[fd00::b]:7000"];
    const { peer, b } = await world.pair({ b: { advertise } });
    expect([peer.addresses, b.transport.advertised]).toEqual([advertise, advertise]);
  });

  test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
    "gets through a network that loses a third and repeats a third (seed %i)",
    async (seed) => {
      const world = new TransportWorld(seed, {
        lossRate: 0.33,
        duplicateRate: 0.33,
        reorderRate: 0.2,
      });
      const a = world.start("a");
      const b = world.start("b");
      serveEcho(b);
      const answer = await world.act(a, async () => {
        const peer = await a.transport.connect(
          { address: b.transport.address },
          { timeoutMs: 2e4 },
        );
        return await askEcho(peer, text("through"));
      });
      expect(answer).toEqual(text("through"));
      expect([a.transport.stats().sessions, b.transport.stats().sessions]).toEqual([1, 1]);
    },
  );

  test("counts for nothing before the other end has shown that it has the keys", async () => {
    const world = new TransportWorld();
    const [a, b] = [world.start("a"), world.start("b")];
    world.sim.network.tap(({ from, datagram }) =>
      from === "b" && datagram[0] === PacketType.data ? "drop" : undefined,
    );
    const finals = record(world, ofType(PacketType.final));
    const address = b.transport.address;
    const error = await world.failure(a, () => a.transport.connect({ address }));
    expect(error).toMatchObject({ kind: "handshake-timeout", delivered: "never" });
    expect([a.events, a.transport.peers()]).toEqual([[], []]);
    // It says message 3 four times, and then tries another handshake.
    const different = new Set(finals.map((bytes) => bytes.join())).size;
    expect(finals.slice(0, 4).map((bytes) => bytes.join())).toEqual(
      Array(4).fill(finals[0]?.join()),
    );
    expect(different).toBe(Math.ceil(finals.length / 4));
    expect(different).toBeGreaterThan(1);
  });

  test("begins anew with a peer that was restarted in the middle of it", async () => {
    const world = new TransportWorld();
    const [a, b] = [world.start("a"), world.start("b")];
    const { address } = b.transport;
    const lost = world.sim.network.tap(({ datagram }) =>
      datagram[0] === PacketType.final ? "drop" : undefined,
    );
    const connected = world.begin(a, () => a.transport.connect({ address }));
    await world.sim.runFor(50);
    const next = world.start(world.sim.restart(b.node));
    lost[Symbol.dispose]();
    await world.sim.settle(connected, 2_500);
    expect(a.transport.peers().map(({ bootId }) => bootId)).toEqual([next.transport.bootId]);
    await world.sim.runFor(1_000);
    expect([a.transport.stats().sessions, next.transport.stats().sessions]).toEqual([1, 1]);
  });

  test("is shared by all who wait for the same node, whatever one of them gives up", async () => {
    const world = new TransportWorld();
    const [a, b] = [world.start("a"), world.start("b")];
    const inits = record(world, ofType(PacketType.init));
    const { address } = b.transport;
    const giveUp = new AbortController();
    const [one, other, aborted] = await world.act(a, async () => {
      const all = [{}, {}, { signal: giveUp.signal }].map((options) =>
        a.transport.connect({ address }, options).catch((error: unknown) => error),
      );
      giveUp.abort("no longer interested");
      return await Promise.all(all);
    });
    expect(one).toBe(other);
    expect(aborted).toBe("no longer interested");
    expect(inits).toHaveLength(1);
  });

  test("is not needed with a node that is connected already", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const before = a.transport.stats().datagramsSent;
    const { nodeId } = b.transport;
    const again = await world.act(a, () => a.transport.connect({ address: "10.9.9.9:1", nodeId }));
    expect(again).toBe(peer);
    expect(a.transport.stats().datagramsSent).toBe(before);
  });
});

describe("a stranger", () => {
  test("without the pre-shared key gets silence, and is counted", async () => {
    const world = new TransportWorld();
    const a = world.start("a", { psk: pattern(32) });
    const b = world.start("b");
    const fromB = record(world, ({ from }) => from === "b");
    const error = await world.failure(a, () =>
      a.transport.connect({ address: b.transport.address }),
    );
    expect(error).toMatchObject({ kind: "handshake-timeout" });
    expect(world.sim.now).toBeCloseTo(5_000, 0);
    expect(fromB).toEqual([]);
    const { dropped, pendingHandshakes, sessions } = b.transport.stats();
    expect(Object.keys(dropped)).toEqual(["stranger"]);
    expect(dropped.stranger).toBeGreaterThan(3);
    expect([pendingHandshakes, sessions]).toEqual([0, 0]);
  });

  test("who is not the node that was asked for never hears who asks", async () => {
    const world = new TransportWorld();
    const [a, b] = [world.start("a"), world.start("b")];
    const finals = record(world, ofType(PacketType.final));
    const expected = identityOf("c").nodeId;
    const error = await world.failure(a, () =>
      a.transport.connect({ address: b.transport.address, nodeId: expected }),
    );
    expect(error).toMatchObject({ kind: "handshake-failed", retryable: false });
    expect(String(error)).toContain(expected);
    await world.sim.runFor(10_000);
    expect(finals).toEqual([]);
    expect([b.events, b.transport.stats().sessions]).toEqual([[], 0]);
    expect(b.transport.stats().pendingHandshakes).toBe(0);
  });

  test("that turns out to be ourselves is no peer", async () => {
    const world = new TransportWorld();
    const a = world.start("a");
    const error = await world.failure(a, () =>
      a.transport.connect({ address: a.transport.address }),
    );
    expect(error).toMatchObject({ kind: "handshake-failed" });
    expect(a.transport.peers()).toEqual([]);
  });
});

describe("rotation of the pre-shared key", () => {
  const [old, fresh] = [PSK, pattern(32)];

  test("goes node by node: all are accepted, the first dials", async () => {
    const world = new TransportWorld();
    const before = world.start("before", { psk: old });
    const during = world.start("during", { psk: [old, fresh] });
    const later = world.start("later", { psk: [fresh, old] });
    const after = world.start("after", { psk: fresh });
    for (const [from, to] of [
      [before, during],
      [during, before],
      [before, later],
      [after, during],
      [after, later],
      [later, after],
    ] as const) {
      expect((await world.connect(from, to)).nodeId).toBe(to.transport.nodeId);
    }
  });

  test("is over when the old key is taken away, whoever dials", async () => {
    const world = new TransportWorld();
    const before = world.start("before", { psk: old });
    const after = world.start("after", { psk: fresh });
    for (const [from, to] of [
      [before, after],
      [after, before],
    ] as const) {
      const error = await world.failure(from, () =>
        from.transport.connect({ address: to.transport.address }),
      );
      expect(error).toMatchObject({ kind: "handshake-timeout" });
      expect(Object.keys(to.transport.stats().dropped)).toEqual(["stranger"]);
    }
  });

  test("breaks no session that stands", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair({ a: { psk: old }, b: { psk: [old, fresh] } });
    const reborn = world.start("c", { psk: [fresh, old] });
    await world.connect(reborn, b);
    expect(await world.act(a, () => askEcho(peer, text("still")))).toEqual(text("still"));
  });
});

describe("repetition", () => {
  test("of message 1 gets the identical message 2, and costs one place", async () => {
    const world = new TransportWorld();
    const [a, b] = [world.start("a"), world.start("b")];
    const inits = record(world, ofType(PacketType.init));
    const responses = record(world, ofType(PacketType.response));
    world.sim.network.partition("b", "a", { oneWay: true });
    const dial = world.begin(a, () => a.transport.connect({ address: b.transport.address }));
    await world.sim.runFor(1_000);
    expect(inits.length).toBeGreaterThan(2);
    expect(responses.length).toBe(inits.length);
    expect(new Set(responses.map((bytes) => bytes.join())).size).toBe(1);
    expect(b.transport.stats().pendingHandshakes).toBe(1);
    await world.sim.settle(dial);
    await world.sim.runFor(6_000);
    expect(b.transport.stats().pendingHandshakes).toBe(0);
    expect(b.node.pendingTimers).toBe(0);
  });

  test.each([
    ["message 1", PacketType.init],
    ["message 2", PacketType.response],
    ["message 3", PacketType.final],
  ])("of %s by an onlooker harms no session", async (_, type) => {
    const world = new TransportWorld();
    const seen = record(world, ofType(type));
    const { a, b, peer } = await world.pair();
    const [from, to] = type === PacketType.response ? [b, a] : [a, b];
    for (let i = 0; i < 20; i++) {
      for (const datagram of seen.slice(0, 1)) {
        world.sim.network.inject(datagram, {
          from: from.transport.address,
          to: to.transport.address,
          delayMs: 30 * i,
        });
      }
      const answer = await world.act(a, () => askEcho(peer, pattern(100 + i)));
      expect(answer).toEqual(pattern(100 + i));
    }
    await world.sim.runFor(10_000);
    expect([a.events, b.events]).toEqual([["connected"], ["connected"]]);
    expect([a.transport.stats().sessions, b.transport.stats().sessions]).toEqual([1, 1]);
    expect(b.transport.stats().pendingHandshakes).toBe(0);
    expect(peer.state).toBe("responsive");
  });
});

describe("packets of a handshake that is over", () => {
  test("begin nothing in the next life of the node that they were for", async () => {
    const world = new TransportWorld();
    const seen = record(world, ({ to, datagram }) => to === "b" && datagram[0] !== 16);
    const { a, b } = await world.pair();
    world.sim.kill(a.node);
    const reborn = world.start(world.sim.restart(b.node));
    const route = { from: a.transport.address, to: reborn.transport.address };
    expect(seen.map(([type]) => type)).toEqual([PacketType.init, PacketType.final]);
    for (const datagram of seen.toReversed()) world.sim.network.inject(datagram, route);
    await world.sim.runFor(50);
    // An old message 1 is as good as a new one, but nobody can go on from there.
    for (const datagram of seen) world.sim.network.inject(datagram, route);
    await world.sim.runFor(50);
    expect(reborn.events).toEqual([]);
    expect(reborn.transport.stats()).toMatchObject({
      sessions: 0,
      pendingHandshakes: 1,
      dropped: { "handshake-stale": 2 },
    });
    await world.sim.runFor(6_000);
    expect(reborn.transport.stats().pendingHandshakes).toBe(0);
  });

  test("of another dial mean nothing to a node that dials again", async () => {
    const world = new TransportWorld();
    const [a, b] = [world.start("a"), world.start("b")];
    const responses = record(world, ofType(PacketType.response));
    world.sim.network.tap(({ datagram }) =>
      datagram[0] === PacketType.final ? "drop" : undefined,
    );
    const { address } = b.transport;
    const first = await world.failure(a, () => a.transport.connect({ address }, { timeoutMs: 50 }));
    expect(first).toMatchObject({ kind: "handshake-timeout" });
    world.sim.network.partition(b.node, a.node, { oneWay: true });
    const again = world.begin(a, () => a.transport.connect({ address }, { timeoutMs: 500 }));
    for (const datagram of [...responses]) {
      world.sim.network.inject(datagram, { from: address, to: a.transport.address, delayMs: 20 });
    }
    expect(await world.sim.settle(again)).toMatchObject({ kind: "handshake-timeout" });
    expect([a.events, a.transport.stats().sessions]).toEqual([[], 0]);
  });
});

test("a dial is repeated ever more slowly, up to one second, until its time is over", async () => {
  const world = new TransportWorld();
  const a = world.start("a");
  const sentAt: number[] = [];
  world.sim.network.tap(() => void sentAt.push(world.sim.now));
  await world.failure(a, () => a.transport.connect({ address: "10.9.9.9:1" }));
  const distances = sentAt.slice(1).map((at, i) => Math.round(at - (sentAt[i] ?? 0)));
  expect(distances).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000]);
  expect(world.sim.now).toBeCloseTo(5_000, 0);
});

describe("bounds", () => {
  test("the number of handshakes under way from here is bounded", async () => {
    const world = new TransportWorld();
    const a = world.start("a", { limits: { maxOutgoingHandshakes: 2 } });
    const connect = (host: number): Promise<unknown> =>
      a.transport.connect({ address: `10.9.9.${host}:1` }).catch((error: unknown) => error);
    const errors = await world.act(a, () => Promise.all([1, 2, 3].map(connect)));
    expect(errors).toMatchObject([
      { kind: "handshake-timeout" },
      { kind: "handshake-timeout" },
      { kind: "too-many-handshakes", retryable: true, delivered: "never" },
    ]);
    expect(await world.act(a, () => connect(4))).toMatchObject({ kind: "handshake-timeout" });
    expect(a.node.pendingTimers).toBe(0);
  });

  test("handshakes that others leave half done expire", async () => {
    const world = new TransportWorld();
    const b = world.start("b");
    const party = new HandshakeParty("flood", new ManualClock());
    for (let i = 0; i < 3; i++) {
      world.sim.network.inject(party.init(), { from: "10.6.6.6:666", to: b.transport.address });
    }
    await world.sim.runFor(100);
    expect(b.transport.stats()).toMatchObject({ pendingHandshakes: 3, dropped: {} });
    await world.sim.runFor(5_100);
    expect(b.transport.stats().pendingHandshakes).toBe(0);
    expect(b.node.pendingTimers).toBe(0);
  });

  test("the number of sessions is bounded", async () => {
    const world = new TransportWorld();
    const b = world.start("b", { limits: { maxSessions: 1 } });
    await world.connect(world.start("a"), b);
    const c = world.start("c");
    const error = await world.failure(c, () =>
      c.transport.connect({ address: b.transport.address }),
    );
    expect(error).toMatchObject({ kind: "handshake-timeout" });
    expect(b.transport.stats()).toMatchObject({ sessions: 1 });
    expect(b.transport.stats().dropped["handshake-too-many"]).toBeGreaterThan(0);
  });
});

describe("a dial", () => {
  test("to nobody fails in the time that was given, and leaves no timer", async () => {
    const world = new TransportWorld();
    const a = world.start("a");
    const error = await world.failure(a, () =>
      a.transport.connect({ address: "10.9.9.9:1" }, { timeoutMs: 300 }),
    );
    expect(error).toMatchObject({ kind: "handshake-timeout", retryable: true });
    expect(world.sim.now).toBeCloseTo(300, 0);
    expect(a.node.pendingTimers).toBe(0);
  });

  test("to an address that cannot be resolved says so", async () => {
    const world = new TransportWorld();
    const node = world.sim.node("a");
    const { clock, entropy } = node;
    const cause = new Error("no such host");
    const bound = node.bind();
    const driver = {
      ...bound,
      address: bound.address,
      listen: () => {},
      resolve: () => Promise.reject(cause),
    };
    const parts = { driver, identity: identityOf("a"), clock, entropy };
    const transport = createTransport(parts, { psk: PSK });
    await expect(transport.connect({ address: "nowhere.example:1" })).rejects.toMatchObject({
      kind: "address",
      cause,
    });
  });

  test("ends when the transport is closed, and none starts afterwards", async () => {
    const world = new TransportWorld();
    const a = world.start("a");
    const dial = world.begin(a, () => a.transport.connect({ address: "10.9.9.9:1" }));
    await world.sim.runFor(10);
    await world.act(a, () => a.transport.close());
    expect(await dial).toMatchObject({ kind: "closed" });
    expect(
      await world.failure(a, () => a.transport.connect({ address: "10.9.9.9:1" })),
    ).toMatchObject({ kind: "closed", retryable: false });
    expect(a.node.pendingTimers).toBe(0);
  });
});
