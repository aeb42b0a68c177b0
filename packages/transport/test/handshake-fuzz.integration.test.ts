import { pick } from "@selvage/core";
import { nodeProvider } from "@selvage/identity";
import { describe, expect, test } from "vitest";

import { derivePskKeys, sealMac } from "../src/handshake/psk-keys.ts";
import { PacketType } from "../src/packet/header.ts";
import { askEcho, pattern, PSK, type Station, TransportWorld, withBitFlipped } from "./world.ts";

const crypto = nodeProvider();
const keys = derivePskKeys(crypto, PSK);
const TYPES = Object.values(PacketType).filter((type) => type !== PacketType.data);

const droppedBy = ({ transport }: Station): number =>
  Object.values(transport.stats().dropped).reduce((sum, count) => sum + count, 0);

describe.each([1, 2, 3])("handshake packets that a member makes up (seed %i)", (seed) => {
  test("of whatever content behind a right mac, harm no session and leave nothing", async () => {
    const world = new TransportWorld(seed);
    const seen: Uint8Array[] = [];
    world.sim.network.tap(({ datagram }) => {
      if (datagram[0] !== PacketType.data) seen.push(datagram.slice());
    });
    const { a, b, peer } = await world.pair();
    const random = world.sim.random.split("forge");
    const below = (limit: number): number => Math.floor(random.next() * limit);
    const madeUp = (): Uint8Array => {
      const bytes = Uint8Array.from({ length: 18 + below(1_300) }, () => below(256));
      bytes.set([pick(random, TYPES) ?? 0, random.next() < 0.9 ? 1 : below(256)]);
      return bytes;
    };
    const altered = (): Uint8Array => {
      const bytes = pick(random, seen) ?? madeUp();
      const changed = withBitFlipped(bytes, 16 + below(8 * bytes.length - 16));
      return random.next() < 0.5 ? changed : changed.slice(0, 18 + below(bytes.length - 17));
    };
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 20; i++) {
        const packet = random.next() < 0.5 ? madeUp() : altered();
        sealMac(crypto, keys, packet);
        const [from, to] = random.next() < 0.5 ? [a, b] : [b, a];
        world.sim.network.inject(packet, {
          from: random.next() < 0.5 ? from.transport.address : `10.6.6.${below(9)}:666`,
          to: to.transport.address,
          delayMs: random.next() * 10,
        });
      }
      const message = pattern(1 + 100 * round);
      expect(await world.act(a, () => askEcho(peer, message))).toEqual(message);
    }
    await world.sim.runFor(10_000);
    expect([a.events, b.events]).toEqual([["connected"], ["connected"]]);
    for (const station of [a, b]) {
      expect(droppedBy(station)).toBeGreaterThan(50);
      expect(station.transport.stats()).toMatchObject({
        sessions: 1,
        streams: 0,
        pendingHandshakes: 0,
        violations: {},
      });
    }
  });
});
