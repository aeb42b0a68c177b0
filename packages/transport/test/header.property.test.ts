import { toHex } from "@selvage/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import {
  DATA_HEADER_BYTES,
  MAX_PACKET_NUMBER,
  PacketType,
  PROTOCOL_VERSION,
  readPacketNumber,
  readSessionIndex,
  writeDataHeader,
  writeNonce,
} from "../src/packet/header.ts";

const packetNumber = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32));

test("a header gives back the session index and the packet number", () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), packetNumber, (index, number) => {
      const header = new Uint8Array(DATA_HEADER_BYTES);
      writeDataHeader(header, index, number);
      expect([header[0], header[1]]).toEqual([PacketType.data, PROTOCOL_VERSION]);
      expect(readSessionIndex(header)).toBe(index);
      expect(readPacketNumber(header)).toBe(number);
    }),
  );
});

test("a nonce is four zero bytes and the packet number, little-endian", () => {
  const bytes = new DataView(new ArrayBuffer(8));
  fc.assert(
    fc.property(packetNumber, (number) => {
      const nonce = new Uint8Array(12);
      writeNonce(nonce, number);
      bytes.setBigUint64(0, BigInt(number), true);
      expect(toHex(nonce)).toBe(`00000000${toHex(new Uint8Array(bytes.buffer))}`);
    }),
  );
});

test("no two packet numbers share a nonce, although its memory is used again", () => {
  const nonce = new Uint8Array(12);
  writeNonce(nonce, MAX_PACKET_NUMBER);
  const largest = toHex(nonce);
  writeNonce(nonce, 1);
  expect(toHex(nonce)).toBe("000000000100000000000000");
  expect(largest).toBe("00000000ffffffffffff1f00");
});
