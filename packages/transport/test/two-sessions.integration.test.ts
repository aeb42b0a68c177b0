import { nodeProvider } from "@selvage/identity";
import { describe, expect, test } from "vitest";

import { writeUnknownSession } from "../src/handshake/packets.ts";
import { derivePskKeys, sealMac } from "../src/handshake/psk-keys.ts";
import { isTransportError, type Peer, type TransportError } from "../src/index.ts";
import { PacketType, readSessionIndex } from "../src/packet/header.ts";
import {
  askEcho,
  ECHO,
  identityOf,
  orderedIdentities,
  pattern,
  PSK,
  readable,
  serveEcho,
  type Station,
  text,
  TransportWorld,
} from "./world.ts";

/** Two stations that dial each other at the same moment. */
async function dialEachOther(
  world: TransportWorld,
): Promise<{ readonly low: Station; readonly high: Station; readonly settled: Promise<unknown> }> {
  const [lower, higher] = orderedIdentities();
  const low = world.start("low", { identity: lower });
  const high = world.start("high", { identity: higher });
  serveEcho(low);
  serveEcho(high);
  const talk = (from: Station, to: Station): Promise<unknown> =>
    world.begin(from, async () => {
      const peer = await from.transport.connect({ address: to.transport.address });
      for (let i = 0; i < 40; i++) {
        expect(await askEcho(peer, pattern(50 * i))).toEqual(pattern(50 * i));
        await from.node.clock.sleep(3);
      }
      return "done";
    });
  const settled = Promise.all([talk(low, high), talk(high, low)]);
  await Promise.resolve();
  return { low, high, settled };
}

/** The one peer that a station has. */
function onlyPeer({ transport }: Station): Peer {
  const [peer] = transport.peers();
  if (peer === undefined) throw new Error("there is no peer");
  return peer;
}

describe("two nodes that dial each other at once", () => {
  test.each(Array.from({ length: 10 }, (_, i) => i + 1))(
    "end up with one session each, and nothing is lost meanwhile (seed %i)",
    async (seed) => {
      const world = new TransportWorld(seed, {
        latencyMs: 1 + seed,
        jitterMs: 2 * seed,
        lossRate: seed % 2 === 0 ? 0.1 : 0,
      });
      const { low, high, settled } = await dialEachOther(world);
      expect(await world.sim.settle(settled)).toEqual(["done", "done"]);
      await world.sim.runFor(4_000);
      for (const { transport, events } of [low, high]) {
        expect(transport.stats()).toMatchObject({ sessions: 1, peers: 1, streams: 0 });
        expect(events.filter((type) => type === "connected" || type === "disconnected")).toEqual([
          "connected",
        ]);
      }
    },
  );

  test("keep the session that the lower node id dialled", async () => {
    const world = new TransportWorld();
    const finals: string[] = [];
    const closes = new Map<string, number>();
    world.sim.network.tap(({ from, datagram }) => {
      if (datagram[0] === PacketType.final) finals.push(from);
      closes.set(from, (closes.get(from) ?? 0) + 1);
    });
    const { low, high, settled } = await dialEachOther(world);
    await world.sim.settle(settled);
    expect(new Set(finals)).toEqual(new Set(["low", "high"]));
    expect([low.transport.stats().sessions, high.transport.stats().sessions]).toEqual([2, 2]);
    await world.sim.runFor(4_000);
    expect([low.transport.stats().sessions, high.transport.stats().sessions]).toEqual([1, 1]);
  });

  test("let a stream on the session that loses go on until it ends", async () => {
    const world = new TransportWorld();
    const { low, high, settled } = await dialEachOther(world);
    await world.sim.settle(settled);
    // Streams opened before both sessions stood may be on either; all of them must survive.
    const answers = [low, high].map((station) =>
      world.begin(station, async () => {
        const [peer] = station.transport.peers();
        const stream = peer?.openStream(ECHO);
        stream?.send(text("early"));
        await station.node.clock.sleep(5_000);
        stream?.send(text("late"));
        return [await stream?.receive(), await stream?.receive()];
      }),
    );
    expect(await world.sim.settle(Promise.all(answers))).toEqual([
      [text("early"), text("late")],
      [text("early"), text("late")],
    ]);
  });
});

test("whoever dials again and again ends up with one session, and never has many", async () => {
  const world = new TransportWorld();
  const { a, b, peer } = await world.pair();
  let most = 0;
  for (let i = 0; i < 30; i++) {
    expect(await world.connect(a, b)).toBe(peer);
    most = Math.max(most, a.transport.stats().sessions, b.transport.stats().sessions);
  }
  expect(most).toBeLessThanOrEqual(9);
  expect(await world.act(a, () => askEcho(peer, text("still")))).toEqual(text("still"));
  await world.sim.runFor(6_000);
  expect([a.transport.stats().sessions, b.transport.stats().sessions]).toEqual([1, 1]);
  expect(await world.act(a, () => askEcho(peer, text("well")))).toEqual(text("well"));
  expect(a.events).toEqual(["connected"]);
});

describe("a node that comes back as a new process", () => {
  test("ends the old session at once: its streams fail as maybe delivered", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const { bootId } = peer;
    const failed = world.begin(a, async () => {
      const stream = peer.openStream(ECHO, { watched: true });
      stream.send(text("unanswered"));
      await stream.receive();
      await stream.receive();
    });
    await world.sim.runFor(50);
    const reborn = world.start(world.sim.restart(b.node), { identity: identityOf("b") });
    serveEcho(reborn);
    await world.connect(reborn, a);
    const error = await world.sim.settle(failed);
    expect(error).toMatchObject({ kind: "session-lost", delivered: "maybe", retryable: true });
    expect(a.events).toEqual(["connected", "disconnected", "connected"]);
    const again = a.transport.peer(b.transport.nodeId);
    expect([again?.bootId, again?.bootId === bootId]).toEqual([reborn.transport.bootId, false]);
    expect(await world.act(a, () => askEcho(again!, text("hello again")))).toEqual(
      text("hello again"),
    );
    expect(thrownBy(() => peer.openStream(ECHO))).toMatchObject({
      kind: "session-lost",
      delivered: "never",
    });
  });

  test("tells whoever still uses the old session, and is dialled at once", async () => {
    const world = new TransportWorld(1, { latencyMs: 5 });
    const { a, b, peer } = await world.pair();
    const reborn = world.start(world.sim.restart(b.node), { identity: identityOf("b") });
    serveEcho(reborn);
    const started = world.sim.now;
    const error = await world.failure(a, () => askEcho(peer, text("to the dead")));
    expect(error).toMatchObject({ kind: "session-lost", delivered: "maybe" });
    // One way there, the hint back, and a handshake of one and a half round trips.
    expect(world.sim.now - started).toBeLessThan(5 * 10 + 10);
    expect(reborn.transport.stats().dropped["unknown-session"]).toBeGreaterThan(0);
    const again = a.transport.peer(b.transport.nodeId);
    expect(again?.bootId).toBe(reborn.transport.bootId);
    expect(await world.act(a, () => askEcho(again!, text("alive")))).toEqual(text("alive"));
  });

  test("with another identity at the same address is a stranger to the session", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const other = world.start(world.sim.restart(b.node), { identity: identityOf("other") });
    serveEcho(other);
    const asked = world.begin(a, () => askEcho(peer, text("to the dead")));
    await world.sim.runFor(500);
    expect(a.transport.peers().map(({ nodeId }) => nodeId)).toEqual([b.transport.nodeId]);
    expect(peer.state).toBe("unresponsive");
    await world.sim.runFor(15_000);
    const error = await asked;
    expect(isTransportError(error, "peer-failed")).toBe(true);
    expect((error as TransportError).delivered).toBe("maybe");
  });
});

describe("hints about unknown sessions", () => {
  test("are rationed", async () => {
    const world = new TransportWorld();
    const seen: Uint8Array[] = [];
    world.sim.network.tap(({ to, datagram }) => {
      if (to === "b" && datagram[0] === PacketType.data) seen.push(datagram.slice());
    });
    const { a, b } = await world.pair();
    await world.sim.runFor(20);
    let hints = 0;
    world.sim.network.tap(({ datagram }) => {
      if (datagram[0] === PacketType.unknownSession) hints++;
    });
    world.start(world.sim.restart(b.node), { identity: identityOf("b") });
    world.sim.network.partition(a.node, b.node);
    const [data = new Uint8Array()] = seen;
    const route = { from: "10.6.6.6:666", to: b.transport.address };
    for (let i = 0; i < 500; i++) world.sim.network.inject(data, { ...route, delayMs: i / 5 });
    await world.sim.runFor(200);
    expect(hints).toBeGreaterThan(40);
    expect(hints).toBeLessThanOrEqual(56);
  });

  test("that a member makes up about a living session cost a handshake, not the session", async () => {
    const world = new TransportWorld();
    const seen: Uint8Array[] = [];
    world.sim.network.tap(({ to, datagram }) => {
      if (to === "b" && datagram[0] === PacketType.data) seen.push(datagram.slice());
    });
    const { a, b, peer } = await world.pair();
    const stream = peer.openStream(ECHO);
    const answers = world.begin(a, async () => {
      const got: (string | undefined)[] = [];
      for (let i = 0; i < 50; i++) {
        stream.send(text(`${i}`));
        got.push(readable(await stream.receive()));
        await a.node.clock.sleep(100);
      }
      return got;
    });
    const provider = nodeProvider();
    const hint = writeUnknownSession(readSessionIndex(seen.at(-1) ?? new Uint8Array(14)));
    sealMac(provider, derivePskKeys(provider, PSK), hint);
    for (let i = 0; i < 20; i++) {
      const route = { from: b.transport.address, to: a.transport.address };
      world.sim.network.inject(hint, { ...route, delayMs: 200 * i });
    }
    expect(await world.sim.settle(answers)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
    await world.act(a, () => stream.end());
    await world.sim.runFor(5_000);
    for (const { events, transport } of [a, b]) {
      expect(events.filter((type) => type !== "unresponsive" && type !== "responsive")).toEqual([
        "connected",
      ]);
      expect(transport.stats()).toMatchObject({ sessions: 1, peers: 1 });
    }
  });

  test("about a session that nobody has are counted and forgotten", async () => {
    const world = new TransportWorld();
    const seen: Uint8Array[] = [];
    world.sim.network.tap(({ datagram }) => {
      if (datagram[0] === PacketType.unknownSession) seen.push(datagram.slice());
    });
    const { a, b, peer } = await world.pair();
    const reborn = world.start(world.sim.restart(b.node), { identity: identityOf("b") });
    serveEcho(reborn);
    await world.failure(a, () => askEcho(peer, text("to the dead")));
    await world.sim.runFor(500);
    const [hint = new Uint8Array()] = seen;
    const { address } = a.transport;
    for (let i = 0; i < 5; i++) {
      world.sim.network.inject(hint, { from: b.transport.address, to: address, delayMs: 10 * i });
    }
    const before = a.transport.stats().dropped["replayed-hint"] ?? 0;
    await world.sim.runFor(500);
    expect(a.transport.stats().dropped["replayed-hint"]).toBe(before + 5);
    expect(a.transport.stats().sessions).toBe(1);
    const again = a.transport.peer(b.transport.nodeId);
    expect(await world.act(a, () => askEcho(again!, text("alive")))).toEqual(text("alive"));
  });
});

function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("when the one of two sessions that both ends prefer is dead", () => {
  /** Two stations with two sessions, of which the one that low dialled carries nothing any more. */
  async function halfDead(): Promise<{
    readonly world: TransportWorld;
    readonly low: Station;
    readonly high: Station;
  }> {
    const world = new TransportWorld(1, { latencyMs: 3 });
    const indices = new Set<number>();
    let dead = false;
    world.sim.network.tap(({ from, datagram }) => {
      if (datagram[0] === PacketType.response && from === "high") {
        const view = new DataView(datagram.buffer, datagram.byteOffset);
        for (const at of [18, 22]) indices.add(view.getUint32(at, true));
      }
      const isOfIt = datagram[0] === PacketType.data && indices.has(readSessionIndex(datagram));
      return dead && isOfIt ? "drop" : undefined;
    });
    const { low, high, settled } = await dialEachOther(world);
    await world.sim.settle(settled);
    expect([low.transport.stats().sessions, high.transport.stats().sessions]).toEqual([2, 2]);
    dead = true;
    return { world, low, high };
  }

  test("calls go over the other", async () => {
    const { world, low, high } = await halfDead();
    for (const station of [low, high]) {
      const peer = onlyPeer(station);
      const lost = world.begin(station, () => askEcho(peer, text("into the void")));
      await world.sim.runUntil(() => station.transport.stats().packetsLost >= 0, 1);
      await world.sim.runFor(600);
      expect(await world.act(station, () => askEcho(peer, text("hello")), 1_000)).toEqual(
        text("hello"),
      );
      void lost;
    }
  });

  test("its streams fail when a peer's would, and it is gone", async () => {
    const { world, low } = await halfDead();
    const peer = onlyPeer(low);
    const stuck = world.begin(low, () => askEcho(peer, text("into the void")));
    expect(await world.sim.settle(stuck, 12_000)).toMatchObject({
      kind: "peer-failed",
      delivered: "maybe",
    });
    expect([low.transport.stats().sessions, low.transport.stats().streams]).toEqual([1, 0]);
    // It looked lost for as long as the other session had not shown that it carries.
    expect(low.events).toEqual(["connected", "unresponsive", "responsive"]);
  });

  test("a goodbye on the other is one all the same", async () => {
    const { world, low, high } = await halfDead();
    await world.act(high, () => high.transport.close());
    await world.sim.runFor(500);
    expect(low.events.at(-1)).toBe("disconnected");
    expect(low.transport.stats().sessions).toBe(0);
  });
});
