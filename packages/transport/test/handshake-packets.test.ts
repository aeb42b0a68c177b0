import { nodeProvider } from "@selvage/identity";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  INIT_BYTES,
  initBytesFor,
  readFinal,
  readInit,
  readInitIndex,
  readResponse,
  readUnknownSession,
  writeFinal,
  writeInit,
  writeResponse,
  writeUnknownSession,
} from "../src/handshake/packets.ts";
import { BODY_AT, checkMac, derivePskKeys, sealMac } from "../src/handshake/psk-keys.ts";
import {
  readCookieReply,
  readVersionList,
  writeCookieReply,
  writeVersionList,
} from "../src/handshake/replies.ts";
import { PacketType, PROTOCOL_VERSION } from "../src/packet/header.ts";
import { pattern, withBitFlipped } from "./world.ts";

const index = fc.nat(0xffff_ffff);
const noise = fc.uint8Array({ maxLength: 400 });
const COOKIE_REPLY = { initiatorIndex: 1, nonce: pattern(24), sealed: pattern(32) };

describe("the packets of a handshake", () => {
  test("give back what was written into them", () => {
    fc.assert(
      fc.property(index, index, noise, (own, other, message) => {
        expect(readInit(writeInit(own, message))).toEqual({ index: own, noise: message });
        expect(readResponse(writeResponse(own, other, message))).toEqual({
          index: own,
          initiatorIndex: other,
          noise: message,
        });
        expect(readFinal(writeFinal(other, message))).toEqual({
          responderIndex: other,
          noise: message,
        });
        expect(readUnknownSession(writeUnknownSession(own))).toBe(own);
      }),
    );
  });

  test("that ask for something else give back what was written into them", () => {
    const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
      fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(index, bytes(24), bytes(32), (initiatorIndex, nonce, sealed) => {
        const reply = { initiatorIndex, nonce, sealed };
        expect(readCookieReply(writeCookieReply(reply))).toEqual(reply);
      }),
    );
    fc.assert(
      fc.property(index, fc.nat(9), fc.nat(9), (initiatorIndex, min, more) => {
        const versions = Array.from({ length: more + 1 }, (_, i) => min + i);
        const list = writeVersionList(initiatorIndex, { min, max: min + more });
        expect(readVersionList(list)).toEqual({ initiatorIndex, versions });
      }),
    );
  });

  test("begin with type and version, for ever in the same place", () => {
    const packets = [
      [writeInit(1, pattern(96)), PacketType.init],
      [writeResponse(1, 2, pattern(300)), PacketType.response],
      [writeFinal(2, pattern(300)), PacketType.final],
      [writeUnknownSession(3), PacketType.unknownSession],
      [writeCookieReply(COOKIE_REPLY), PacketType.cookieReply],
      [writeVersionList(3, { min: 1, max: 2 }), PacketType.versionList],
    ] as const;
    for (const [packet, type] of packets) {
      expect([packet[0], packet[1]]).toEqual([type, PROTOCOL_VERSION]);
      expect(packet.subarray(2, BODY_AT)).toEqual(new Uint8Array(BODY_AT - 2));
    }
  });

  test("message 1 fills a datagram, so that no answer to a stranger is longer", () => {
    expect(writeInit(1, pattern(96))).toHaveLength(INIT_BYTES);
    expect(INIT_BYTES).toBe(1_200);
    expect(readInit(writeInit(1, pattern(96)).subarray(0, INIT_BYTES - 1))).toBeUndefined();
  });

  test("message 1 is shorter through a relay, and only there", () => {
    const relayed = writeInit(7, pattern(96), initBytesFor(`relay:${"ab".repeat(16)}`));
    expect([relayed.length, initBytesFor("10.0.0.1:7000")]).toEqual([1_100, 1_200]);
    expect(readInit(relayed)).toBeUndefined();
    expect(readInit(relayed, 1_100)).toEqual({ index: 7, noise: pattern(96) });
  });

  test("message 1 of any version has the sender's index in the same place", () => {
    const packet = writeInit(0x11223344, pattern(96)).with(1, 99);
    expect([...packet.subarray(34, 38)]).toEqual([0x44, 0x33, 0x22, 0x11]);
    expect(readInitIndex(packet)).toBe(0x11223344);
    expect(readInitIndex(packet.subarray(0, 37))).toBeUndefined();
  });

  test("cut anywhere before their message, are malformed", () => {
    const cut = (packet: Uint8Array, length: number): Uint8Array => packet.subarray(0, length);
    for (let length = 0; length < BODY_AT + 8; length++) {
      expect(readInit(cut(writeInit(1, pattern(96)), length))).toBeUndefined();
      expect(readResponse(cut(writeResponse(1, 2, pattern(9)), length))).toBeUndefined();
      if (length >= BODY_AT + 4) continue;
      expect(readFinal(cut(writeFinal(1, pattern(9)), length))).toBeUndefined();
      expect(readUnknownSession(cut(writeUnknownSession(1), length))).toBeUndefined();
    }
    const replies = [
      [writeCookieReply(COOKIE_REPLY), readCookieReply],
      [writeVersionList(1, { min: 1, max: 9 }), readVersionList],
    ] as const;
    for (const [packet, read] of replies) {
      for (let length = 0; length < packet.length; length++) {
        expect(read(cut(packet, length))).toBeUndefined();
      }
    }
  });

  test("message 1 with a length beyond its end is malformed", () => {
    const packet = writeInit(1, pattern(96));
    const lengthAt = packet.indexOf(96, BODY_AT);
    packet.set([0xff, 0xff], lengthAt);
    expect(readInit(packet)).toBeUndefined();
  });
});

describe("mac1", () => {
  const crypto = nodeProvider();
  const keys = derivePskKeys(crypto, pattern(32));
  const others = derivePskKeys(crypto, pattern(32).toReversed());

  test("shows under which of several keys a packet was sealed", () => {
    const packet = writeUnknownSession(7);
    sealMac(crypto, keys, packet);
    expect(checkMac(crypto, [others, keys], packet)).toBe(keys);
    expect(checkMac(crypto, [others], packet)).toBeUndefined();
    expect(checkMac(crypto, [], packet)).toBeUndefined();
  });

  test("covers every bit of the packet", () => {
    const packet = writeFinal(7, pattern(40));
    sealMac(crypto, keys, packet);
    for (let bit = 0; bit < 8 * packet.length; bit++) {
      expect(checkMac(crypto, [keys], withBitFlipped(packet, bit))).toBeUndefined();
    }
    expect(checkMac(crypto, [keys], packet.subarray(0, -1))).toBeUndefined();
    expect(checkMac(crypto, [keys], packet)).toBe(keys);
  });

  test("is missing in anything shorter than itself", () => {
    for (let length = 0; length < BODY_AT; length++) {
      expect(checkMac(crypto, [keys], new Uint8Array(length))).toBeUndefined();
    }
  });

  test("has a key of its own, as handshake and cookies have, and none is the pre-shared one", () => {
    const all = [keys.mac, keys.noise, keys.cookie, pattern(32)].map((key) => key.join());
    expect(new Set(all).size).toBe(4);
  });
});

test("a pre-shared key is 32 random bytes: no text, no other length, no zeros", () => {
  const crypto = nodeProvider();
  const derive = (psk: unknown) => () => derivePskKeys(crypto, psk as Uint8Array);
  expect(derive("correct horse battery staple____")).toThrow(TypeError);
  for (const length of [0, 16, 31, 33, 64]) expect(derive(pattern(length))).toThrow(RangeError);
  expect(derive(new Uint8Array(32))).toThrow(RangeError);
});
