import { pick } from "@selvage/core";
import type { SeededRandom } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { PacketType } from "../src/packet/header.ts";
import { askEcho, pattern, type Station, TransportWorld, withBitFlipped } from "./world.ts";

type Forge = (seen: readonly Uint8Array[], random: SeededRandom) => Uint8Array;

const one = (seen: readonly Uint8Array[], random: SeededRandom): Uint8Array =>
  pick(random, seen) ?? new Uint8Array();

/** Bytes that are no packet, or that begin like one. */
const garbage: Forge = (seen, random) => {
  const bytes = Uint8Array.from({ length: 1 + Math.floor(random.next() * 1_300) }, () =>
    Math.floor(random.next() * 256),
  );
  const like = one(seen, random);
  if (random.next() < 0.7)
    bytes.set(like.subarray(0, Math.floor(random.next() * 20)).slice(0, bytes.length));
  return bytes;
};

const forgeries: readonly (readonly [string, Forge])[] = [
  ["garbage", garbage],
  ["repeated", one],
  [
    "truncated",
    (seen, random) => {
      const bytes = one(seen, random);
      return bytes.slice(0, Math.floor(random.next() * bytes.length));
    },
  ],
  [
    "changed in one bit",
    (seen, random) => {
      const bytes = one(seen, random);
      return withBitFlipped(bytes, Math.floor(random.next() * 8 * bytes.length));
    },
  ],
  [
    "lengthened",
    (seen, random) => Uint8Array.of(...one(seen, random), Math.floor(random.next() * 256)),
  ],
];

const droppedBy = ({ transport }: Station): number =>
  Object.values(transport.stats().dropped).reduce((sum, count) => sum + count, 0);

describe("packets that an attacker on the path makes up", () => {
  test.each(forgeries)("(%s) are dropped, counted, and harm no session", async (_, forge) => {
    for (const seed of [1, 2, 3]) {
      const world = new TransportWorld(seed);
      const seen: Uint8Array[] = [];
      world.sim.network.tap(({ to, datagram }) => {
        if (to === "b") seen.push(datagram.slice());
      });
      const { a, b, peer } = await world.pair();
      const random = world.sim.random.split("forge");
      const route = { from: a.transport.address, to: b.transport.address };
      let injected = 0;
      for (let i = 0; i < 30; i++) {
        for (let n = 0; n < 10; n++, injected++) {
          const delayMs = random.next() * 8;
          world.sim.network.inject(forge(seen, random), { ...route, delayMs });
        }
        const message = pattern(1 + 200 * i);
        expect(await world.act(a, () => askEcho(peer, message))).toEqual(message);
      }
      await world.sim.runFor(6_000);
      // Repeated handshake packets are answered, not dropped; everything else is counted.
      const handshake = seen.filter(([type]) => type !== PacketType.data).length;
      expect(droppedBy(b)).toBeLessThanOrEqual(injected);
      expect(droppedBy(b)).toBeGreaterThan(injected * (1 - (handshake + 1) / seen.length) - 20);
      expect(b.transport.stats()).toMatchObject({
        sessions: 1,
        streams: 0,
        pendingHandshakes: 0,
        violations: {},
      });
      expect([a.events, b.events]).toEqual([["connected"], ["connected"]]);
    }
  });

  test("do not even move the path of the session, whatever sender they name", async () => {
    const world = new TransportWorld();
    const seen: Uint8Array[] = [];
    world.sim.network.tap(({ to, datagram }) => {
      if (to === "b") seen.push(datagram.slice());
    });
    const { a, b, peer } = await world.pair();
    await world.act(a, () => askEcho(peer, pattern(5)));
    for (const datagram of [...seen]) {
      for (const bytes of [datagram, withBitFlipped(datagram, 8 * datagram.length - 1)]) {
        world.sim.network.inject(bytes, { from: "10.6.6.6:666", to: b.transport.address });
      }
    }
    await world.sim.runFor(100);
    expect(b.transport.peer(a.transport.nodeId)?.address).toBe(a.transport.address);
    expect(await world.act(a, () => askEcho(peer, pattern(6)))).toEqual(pattern(6));
  });

  test("of which each kind has a counter of its own", async () => {
    const world = new TransportWorld();
    const seen: Uint8Array[] = [];
    world.sim.network.tap(({ to, datagram }) => {
      if (to === "b" && datagram[0] === PacketType.data) seen.push(datagram.slice());
    });
    const { a, b, peer } = await world.pair();
    await world.act(a, () => askEcho(peer, pattern(5)));
    const [data = new Uint8Array()] = seen;
    const route = { from: "10.6.6.6:666", to: b.transport.address };
    const send = (bytes: Uint8Array): void => world.sim.network.inject(bytes, route);
    send(Uint8Array.of(PacketType.data));
    send(data.subarray(0, 29));
    send(data.with(1, 99));
    send(data.with(3, (data[3] ?? 0) ^ 1));
    send(data);
    send(withBitFlipped(data, 200));
    send(Uint8Array.of(0));
    send(pattern(50).with(0, 99));
    send(pattern(1_200).with(0, PacketType.init));
    send(pattern(300).with(0, PacketType.response));
    send(pattern(300).with(0, PacketType.final));
    send(pattern(22).with(0, PacketType.unknownSession));
    await world.sim.runFor(50);
    expect(b.transport.stats().dropped).toEqual({
      "too-short": 3,
      "unknown-version": 1,
      "unknown-session": 1,
      unauthenticated: 2,
      "unknown-type": 1,
      stranger: 4,
    });
  });
});
