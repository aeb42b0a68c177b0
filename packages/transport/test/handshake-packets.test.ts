import { nodeProvider } from "@selvage/identity";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  INIT_BYTES,
  readFinal,
  readInit,
  readResponse,
  readUnknownSession,
  writeFinal,
  writeInit,
  writeResponse,
  writeUnknownSession,
} from "../src/handshake/packets.ts";
import { BODY_AT, checkMac, derivePskKeys, sealMac } from "../src/handshake/psk-keys.ts";
import { PacketType, PROTOCOL_VERSION } from "../src/packet/header.ts";
import { pattern, withBitFlipped } from "./world.ts";

const index = fc.nat(0xffff_ffff);
const noise = fc.uint8Array({ maxLength: 400 });

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

  test("begin with type and version, for ever in the same place", () => {
    const packets = [
      [writeInit(1, pattern(96)), PacketType.init],
      [writeResponse(1, 2, pattern(300)), PacketType.response],
      [writeFinal(2, pattern(300)), PacketType.final],
      [writeUnknownSession(3), PacketType.unknownSession],
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

  test("cut anywhere before their message, are malformed", () => {
    const cut = (packet: Uint8Array, length: number): Uint8Array => packet.subarray(0, length);
    for (let length = 0; length < BODY_AT + 8; length++) {
      expect(readInit(cut(writeInit(1, pattern(96)), length))).toBeUndefined();
      expect(readResponse(cut(writeResponse(1, 2, pattern(9)), length))).toBeUndefined();
      if (length >= BODY_AT + 4) continue;
      expect(readFinal(cut(writeFinal(1, pattern(9)), length))).toBeUndefined();
      expect(readUnknownSession(cut(writeUnknownSession(1), length))).toBeUndefined();
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

  test("has another key than the handshake, and both differ from the pre-shared one", () => {
    const all = [keys.mac, keys.noise, pattern(32)].map((key) => key.join());
    expect(new Set(all).size).toBe(3);
  });
});

test("a pre-shared key is 32 random bytes: no text, no other length, no zeros", () => {
  const crypto = nodeProvider();
  const derive = (psk: unknown) => () => derivePskKeys(crypto, psk as Uint8Array);
  expect(derive("correct horse battery staple____")).toThrow(TypeError);
  for (const length of [0, 16, 31, 33, 64]) expect(derive(pattern(length))).toThrow(RangeError);
  expect(derive(new Uint8Array(32))).toThrow(RangeError);
});
