import { nodeProvider } from "@selvage/identity";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { openCookie, writeCookieMac } from "../src/handshake/cookies.ts";
import { derivePskKeys, macOf, sealMac } from "../src/handshake/psk-keys.ts";
import { readCookieReply } from "../src/handshake/replies.ts";
import { PacketType } from "../src/packet/header.ts";
import { HandshakeParty, ResponderBench } from "./handshake-party.ts";
import { askEcho, PSK, serveEcho, text, TransportWorld } from "./world.ts";

const crypto = nodeProvider();
const keys = derivePskKeys(crypto, PSK);
const ip = (i: number): string => `10.${66 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}:1000`;

/** Lets copies of a member's message 1 arrive from made-up addresses, evenly over a time. */
function flood(world: TransportWorld, to: string, count: number, overMs: number): void {
  const party = new HandshakeParty("flood", new ManualClock());
  // One handshake in many guises: an index and a mac of its own are enough to be a new one.
  const init = party.init({ index: 0 });
  for (let i = 0; i < count; i++) {
    const packet = init.slice();
    new DataView(packet.buffer).setUint32(34, i, true);
    sealMac(crypto, keys, packet);
    world.sim.network.inject(packet, { from: ip(i), to, delayMs: (i * overMs) / count });
  }
}

describe("ten thousand half-done handshakes from made-up addresses", () => {
  test("take a bounded number of places, and a true newcomer is served meanwhile", async () => {
    const world = new TransportWorld();
    const b = world.start("b");
    serveEcho(b);
    flood(world, b.transport.address, 10_000, 4_000);
    let most = 0;
    world.sim.network.tap(({ from }) => {
      if (from === "b") most = Math.max(most, b.transport.stats().pendingHandshakes);
    });
    await world.sim.runFor(1_000);
    const a = world.start("a");
    const started = world.sim.now;
    const peer = await world.connect(a, b);
    // One round trip more than without a flood: the cookie.
    expect(world.sim.now - started).toBeLessThan(50);
    expect(await world.act(a, () => askEcho(peer, text("hello")))).toEqual(text("hello"));
    await world.sim.runFor(4_000);
    expect(most).toBeGreaterThan(50);
    expect(most).toBeLessThanOrEqual(65);
    const { dropped, sessions } = b.transport.stats();
    expect(dropped["handshake-cookie-required"]).toBeGreaterThan(9_000);
    expect(sessions).toBe(1);
    await world.sim.runFor(6_000);
    expect(b.transport.stats().pendingHandshakes).toBe(0);
  });

  test("get answers that are no longer than what they answer", async () => {
    const world = new TransportWorld();
    const b = world.start("b");
    const lengths = new Map<number | undefined, number>();
    world.sim.network.tap(({ from, datagram }) => {
      if (from === "b") lengths.set(datagram[0], datagram.length);
    });
    flood(world, b.transport.address, 200, 100);
    await world.sim.runFor(200);
    expect(new Set(lengths.keys())).toEqual(new Set([PacketType.response, PacketType.cookieReply]));
    expect(lengths.get(PacketType.cookieReply)).toBe(78);
    expect(Math.max(...lengths.values())).toBeLessThan(1_200);
  });
});

test("a hundred nodes of one host may join at once, without delay", async () => {
  const world = new TransportWorld();
  const b = world.start("b", { receiveBufferBytes: 1_000_000 });
  const others = Array.from({ length: 100 }, (_, i) => world.start(`n${i}`));
  const { address } = b.transport;
  const joined = others.map((other) =>
    world.begin(other, () => other.transport.connect({ address })),
  );
  await world.sim.settle(Promise.all(joined));
  expect(b.transport.peers()).toHaveLength(100);
  expect(world.sim.now).toBeLessThan(60);
});

describe("a node that is asked for a cookie", () => {
  /** `a` dials while `b` is under load, and is answered by a cookie. */
  async function asked(lossRate: number): Promise<{
    readonly world: TransportWorld;
    readonly inits: Uint8Array[];
    readonly replies: Uint8Array[];
  }> {
    const world = new TransportWorld(7, { lossRate });
    const [a, b] = [world.start("a"), world.start("b", { limits: { maxPendingHandshakes: 1 } })];
    flood(world, b.transport.address, 1, 1);
    await world.sim.runFor(20);
    const [inits, replies]: [Uint8Array[], Uint8Array[]] = [[], []];
    world.sim.network.tap(({ datagram }) => {
      if (datagram[0] === PacketType.init) inits.push(datagram.slice());
      if (datagram[0] === PacketType.cookieReply) replies.push(datagram.slice());
    });
    await world.connect(a, b);
    return { world, inits, replies };
  }

  test("repeats message 1 at once, with proof of its address and nothing else changed", async () => {
    const { inits, replies, world } = await asked(0);
    expect([inits.length, replies.length]).toEqual([2, 1]);
    const [before = new Uint8Array(), after = new Uint8Array()] = inits;
    expect(after.subarray(34)).toEqual(before.subarray(34));
    expect(before.subarray(18, 34)).toEqual(new Uint8Array(16));
    expect(after.subarray(18, 34)).not.toEqual(new Uint8Array(16));
    expect(world.sim.now).toBeLessThan(50);
  });

  test("gets through when packets are lost", async () => {
    const { inits } = await asked(0.2);
    expect(inits.length).toBeGreaterThan(2);
  });

  test("repeats it once for each repetition of its own, whatever it is told", async () => {
    const world = new TransportWorld();
    const a = world.start("a");
    const inits: Uint8Array[] = [];
    let replies = 0;
    world.sim.network.tap(({ datagram, fromAddress, toAddress }) => {
      if (datagram[0] !== PacketType.init) return;
      inits.push(datagram.slice());
      // Another cookie each time: only the first answer to a repetition is heeded.
      for (let i = 1; i <= 5; i++) {
        const reply = replyTo(datagram, ++replies);
        world.sim.network.inject(reply, { from: toAddress, to: fromAddress, delayMs: i });
      }
    });
    const dial = world.begin(a, () => a.transport.connect({ address: "10.9.9.9:1" }));
    await world.sim.runFor(650);
    // At 0, 100 and 300 ms, each followed by one with a cookie.
    expect(inits).toHaveLength(6);
    expect(await world.sim.settle(dial)).toMatchObject({ kind: "handshake-timeout" });
  });

  test("drops cookies for which it did not ask, and that answer something else", async () => {
    const world = new TransportWorld();
    const a = world.start("a");
    const { address } = a.transport;
    const stranger = new HandshakeParty("c", new ManualClock()).init();
    world.sim.network.inject(replyTo(stranger, 1), { from: ip(1), to: address });
    await world.sim.runFor(10);
    expect(a.transport.stats().dropped).toEqual({ "handshake-stale": 1 });
    expect(a.transport.stats().datagramsSent).toBe(0);
  });
});

/** A right cookie reply to a message 1, with any cookie. */
function replyTo(init: Uint8Array, seed: number): Uint8Array {
  const bench = new ResponderBench(
    new HandshakeParty(`b${seed}`, new ManualClock(), { limits: { maxPendingHandshakes: 1 } }),
  );
  bench.take(bench.party.init(), "10.0.0.1:1");
  bench.party.takeSaid();
  bench.take(init, `10.0.0.${seed}:2`);
  const [said] = bench.party.takeSaid();
  if (said?.datagram[0] !== PacketType.cookieReply) throw new Error("no cookie was sent");
  return said.datagram;
}

describe("a crowd that proves its addresses", () => {
  /** Message 1 with the cookie that the responder wants for it. */
  function proven(bench: ResponderBench, from: string): Uint8Array {
    const init = bench.party.init();
    if (bench.take(init, from) !== "cookie-required") return init;
    const said = bench.party.takeSaid().at(-1)?.datagram ?? new Uint8Array();
    const reply = readCookieReply(said);
    const cookie = reply && openCookie(crypto, keys, { ...reply, mac1: macOf(init) });
    if (cookie === undefined) throw new Error("no cookie");
    writeCookieMac(crypto, cookie, init);
    sealMac(crypto, keys, init);
    return init;
  }

  test("from one host cannot keep another host out", () => {
    const limits = { maxPendingHandshakes: 32, sourceHandshakesPerSecond: 1_000 };
    const bench = new ResponderBench(new HandshakeParty("b", new ManualClock(), { limits }));
    for (let i = 0; i < 100; i++) {
      const from = `10.6.6.6:${1_000 + i}`;
      bench.take(proven(bench, from), from);
    }
    expect([bench.responder.size, bench.evicted]).toEqual([32, 68]);
    const from = "10.0.0.1:7000";
    expect(bench.take(proven(bench, from), from)).toBeUndefined();
    expect(bench.party.takeSaid().at(-1)).toMatchObject({ to: from });
    for (let i = 0; i < 100; i++) {
      const crowd = `10.6.6.6:${2_000 + i}`;
      bench.take(proven(bench, crowd), crowd);
    }
    expect([bench.responder.size, bench.evicted]).toEqual([32, 169]);
  });

  test("through one relay is rationed together, whoever it is said to be", () => {
    const limits = { maxPendingHandshakes: 16, sourceHandshakesPerSecond: 1 };
    const bench = new ResponderBench(new HandshakeParty("b", new ManualClock(), { limits }));
    const relay = "ab".repeat(16);
    const verdicts = Array.from({ length: 60 }, (_, i) => {
      const init = bench.party.init({ length: 1_100 });
      const source = `relay:${relay}/${i}`;
      if (bench.take(init, `relay:${i}`, source) === undefined) return "admitted";
      const reply = readCookieReply(bench.party.takeSaid().at(-1)?.datagram ?? new Uint8Array());
      const cookie = reply && openCookie(crypto, keys, { ...reply, mac1: macOf(init) });
      if (cookie === undefined) throw new Error("no cookie");
      writeCookieMac(crypto, cookie, init);
      sealMac(crypto, keys, init);
      return bench.take(init, `relay:${i}`, source) ?? "admitted";
    });
    // One calm admission, then twenty with a cookie; the rest must wait.
    expect(verdicts.filter((verdict) => verdict === "admitted")).toHaveLength(21);
    expect(verdicts.at(-1)).toBe("rate-limited");
    const direct = proven(bench, "10.0.0.1:1");
    expect(bench.take(direct, "10.0.0.1:1")).toBeUndefined();
  });
});
