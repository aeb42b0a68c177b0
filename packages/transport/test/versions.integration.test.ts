import { nodeProvider } from "@selvage/identity";
import { ManualClock } from "@selvage/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { writeInit } from "../src/handshake/packets.ts";
import { derivePskKeys, sealMac } from "../src/handshake/psk-keys.ts";
import { readVersionList, writeVersionList } from "../src/handshake/replies.ts";
import { describeVersions, highestCommon, type VersionRange } from "../src/handshake/versions.ts";
import { createNoiseInitiator } from "../src/noise/index.ts";
import { PacketType } from "../src/packet/header.ts";
import { encodeHandshakeHello } from "../src/wire/handshake.gen.ts";
import { HandshakeParty } from "./handshake-party.ts";
import { askEcho, identityOf, pattern, PSK, serveEcho, text, TransportWorld } from "./world.ts";

const crypto = nodeProvider();
const keys = derivePskKeys(crypto, PSK);
const ELSEWHERE = "10.9.9.9:1";

const sealed = (packet: Uint8Array): Uint8Array => {
  sealMac(crypto, keys, packet);
  return packet;
};

/** What `b` says to a datagram out of nowhere. */
async function answersTo(...datagrams: readonly Uint8Array[]): Promise<{
  readonly answers: readonly Uint8Array[];
  readonly dropped: object;
}> {
  const world = new TransportWorld();
  const b = world.start("b");
  const answers: Uint8Array[] = [];
  world.sim.network.tap(({ from, datagram }) => {
    if (from === "b") answers.push(datagram.slice());
  });
  for (const datagram of datagrams) {
    world.sim.network.inject(datagram, { from: ELSEWHERE, to: b.transport.address });
  }
  await world.sim.runFor(50);
  return { answers, dropped: b.transport.stats().dropped };
}

/** A message 1 as version 7 might have it: all but the first 38 bytes are its own affair. */
function futureInit(length = 1_200): Uint8Array {
  const packet = pattern(Math.max(length, 38));
  packet.set([PacketType.init, 7]);
  packet.set([0x44, 0x33, 0x22, 0x11], 34);
  return sealed(packet);
}

/** A message 1 in our format whose sender speaks other versions within it. */
function initSpeaking({ min, max }: VersionRange): Uint8Array {
  const party = new HandshakeParty("future", new ManualClock());
  const noise = createNoiseInitiator({
    provider: crypto,
    entropy: party.entropy,
    staticKey: identityOf("future").noiseStaticKey,
    psk: keys.noise,
    prologue: text("selvage handshake v1"),
  });
  const hello = encodeHandshakeHello({ minVersion: min, maxVersion: max });
  return sealed(
    writeInit(
      5,
      noise.writeMessage(() => hello),
    ),
  );
}

describe("of two ranges of versions", () => {
  test.each([
    [{ min: 1, max: 1 }, { min: 1, max: 1 }, 1],
    [{ min: 1, max: 3 }, { min: 2, max: 5 }, 3],
    [{ min: 1, max: 9 }, { min: 4, max: 5 }, 5],
    [{ min: 1, max: 1 }, { min: 2, max: 3 }, undefined],
    [{ min: 1, max: 1 }, { min: 3, max: 2 }, undefined],
  ])("%j and %j, the highest common one is %s", (one, other, version) => {
    expect(highestCommon(one, other)).toBe(version);
    expect(highestCommon(other, one)).toBe(version);
  });

  test("the highest common one is in both, and no higher one is", () => {
    const range = fc
      .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }))
      .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
    const has = ({ min, max }: VersionRange, version: number): boolean =>
      min <= version && version <= max;
    fc.assert(
      fc.property(range, range, (one, other) => {
        const all = Array.from({ length: 21 }, (_, i) => i);
        const common = all.filter((version) => has(one, version) && has(other, version));
        expect(highestCommon(one, other)).toBe(common.at(-1));
      }),
    );
  });

  test("each is named in words", () => {
    expect(describeVersions({ min: 1, max: 1 })).toBe("version 1");
    expect(describeVersions({ min: 1, max: 3 })).toBe("versions 1 to 3");
  });
});

describe("a message 1 of a version unknown here", () => {
  test("from a member is answered by the versions that we speak", async () => {
    const { answers, dropped } = await answersTo(futureInit());
    expect(answers).toHaveLength(1);
    const [list = new Uint8Array()] = answers;
    expect([list[0], list.length]).toEqual([PacketType.versionList, 24]);
    expect(readVersionList(list)).toEqual({ initiatorIndex: 0x11223344, versions: [1] });
    expect(dropped).toEqual({ "unknown-version": 1 });
  });

  test("that speaks no version of ours within is answered alike", async () => {
    const { answers, dropped } = await answersTo(initSpeaking({ min: 2, max: 3 }));
    expect(answers.map((list) => readVersionList(list))).toEqual([
      { initiatorIndex: 5, versions: [1] },
    ]);
    expect(dropped).toEqual({ "handshake-version": 1 });
  });

  test("that speaks ours too begins a handshake in ours", async () => {
    const { answers } = await answersTo(initSpeaking({ min: 1, max: 3 }));
    expect(answers.map(([type, version]) => [type, version])).toEqual([[PacketType.response, 1]]);
  });

  test("from a stranger gets silence", async () => {
    const forged = futureInit().with(2, 0).with(3, 0);
    expect(await answersTo(forged)).toEqual({ answers: [], dropped: { stranger: 1 } });
  });

  test("that is too short to say who asks gets silence", async () => {
    const packet = sealed(pattern(37).with(0, PacketType.init).with(1, 7));
    expect((await answersTo(packet)).answers).toEqual([]);
    const shortest = await answersTo(futureInit(38));
    expect(shortest.answers.map(({ length }) => length)).toEqual([24]);
  });

  test("is answered no more than 50 times a second", async () => {
    const many = Array.from({ length: 200 }, () => futureInit());
    const { answers } = await answersTo(...many);
    expect(answers).toHaveLength(50);
  });

  test("of any other type is dropped", async () => {
    const types = [PacketType.response, PacketType.final, PacketType.cookieReply];
    const packets = types.map((type) => sealed(futureInit().with(0, type)));
    const { answers, dropped } = await answersTo(...packets);
    expect([answers, dropped]).toEqual([[], { "unknown-version": 3 }]);
  });
});

describe("a node that is told that the other speaks", () => {
  /** `a` dials, and gets this answer to its message 1. */
  async function dialInto(
    answer: (index: number) => Uint8Array,
  ): Promise<{ readonly error: unknown; readonly atMs: number }> {
    const world = new TransportWorld();
    const a = world.start("a");
    world.sim.network.tap(({ datagram, fromAddress, toAddress }) => {
      if (datagram[0] !== PacketType.init) return;
      const index = new DataView(datagram.slice().buffer).getUint32(34, true);
      world.sim.network.inject(answer(index), { from: toAddress, to: fromAddress, delayMs: 2 });
    });
    const error = await world.failure(a, () => a.transport.connect({ address: ELSEWHERE }));
    expect(a.node.pendingTimers).toBe(0);
    return { error, atMs: world.sim.now };
  }

  const listed = (min: number, max: number) => (index: number) =>
    sealed(writeVersionList(index, { min, max }));

  test("only other versions gives up at once, and says which", async () => {
    const { error, atMs } = await dialInto(listed(2, 3));
    expect(error).toMatchObject({ kind: "version-mismatch", retryable: false, delivered: "never" });
    expect(String(error)).toContain("we speak version 1, 10.9.9.9:1 speaks versions 2 to 3");
    expect(atMs).toBeLessThan(10);
  });

  test("only versions around ours gives up, too", async () => {
    const { error } = await dialInto((index) => sealed(listed(0, 2)(index).with(24, 0)));
    expect(error).toMatchObject({ kind: "version-mismatch" });
  });

  test("only other versions in a packet of its own version understands it all the same", async () => {
    const { error } = await dialInto((index) => sealed(listed(2, 3)(index).with(1, 3)));
    expect(error).toMatchObject({ kind: "version-mismatch" });
  });

  test.each<[string, (index: number) => Uint8Array]>([
    ["a version of ours, too", listed(1, 3)],
    ["no version at all", listed(2, 1)],
    ["something, without the key", (index) => listed(2, 3)(index).with(2, 0).with(3, 0)],
    ["something about another dial", (index) => listed(2, 3)(index ^ 1)],
    ["something cut off", (index) => sealed(listed(2, 9)(index).slice(0, -1))],
  ])("%s does not believe it", async (_, answer) => {
    const { error, atMs } = await dialInto(answer);
    expect(error).toMatchObject({ kind: "handshake-timeout" });
    expect(atMs).toBeGreaterThanOrEqual(5_000);
  });

  test("something after all, when the handshake is over, does not care", async () => {
    const world = new TransportWorld();
    let index = 0;
    world.sim.network.tap(({ datagram }) => {
      if (datagram[0] !== PacketType.init) return;
      index = new DataView(datagram.slice().buffer).getUint32(34, true);
    });
    const { a, b, peer } = await world.pair();
    serveEcho(a);
    const list = listed(2, 3)(index);
    world.sim.network.inject(list, { from: b.transport.address, to: a.transport.address });
    await world.sim.runFor(50);
    expect(await world.act(a, () => askEcho(peer, text("still")))).toEqual(text("still"));
    expect(a.transport.stats().dropped).toEqual({ "handshake-stale": 1 });
  });
});
