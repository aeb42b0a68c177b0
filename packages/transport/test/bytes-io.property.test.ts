import fc from "fast-check";
import { expect, test } from "vitest";

import { ByteReader, ByteWriter, varintLength } from "../src/packet/bytes-io.ts";
import { ProtocolViolation } from "../src/packet/protocol-violation.ts";

test("what was written in a row is read in a row", () => {
  const item = fc.oneof(
    fc.record({ type: fc.constant("u8"), value: fc.nat(0xff) }),
    fc.record({ type: fc.constant("u32"), value: fc.nat(0xffff_ffff) }),
    fc.record({ type: fc.constant("varint"), value: fc.maxSafeNat() }),
    fc.record({ type: fc.constant("varint"), value: fc.nat(20_000) }),
  );
  fc.assert(
    fc.property(fc.array(item), fc.nat(3), (items, at) => {
      const writer = new ByteWriter(new Uint8Array(at + 8 * items.length), at);
      for (const { type, value } of items) write(writer, type, value);
      const reader = new ByteReader(writer.bytes, at, writer.at);
      for (const { type, value } of items) expect(read(reader, type)).toBe(value);
      expect(reader.remaining).toBe(0);
    }),
  );
});

test("a variable-length integer is as long as announced", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const writer = new ByteWriter(new Uint8Array(8));
      writer.varint(value);
      expect(writer.at).toBe(varintLength(value));
    }),
  );
});

test("reading arbitrary bytes gives exact integers or violations", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const reader = new ByteReader(bytes);
      try {
        while (reader.remaining > 0) expect(Number.isSafeInteger(reader.varint())).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
      expect(reader.at).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

function write(writer: ByteWriter, type: string, value: number): void {
  if (type === "u8") writer.u8(value);
  else if (type === "u32") writer.u32(value);
  else writer.varint(value);
}

function read(reader: ByteReader, type: string): number {
  if (type === "u8") return reader.u8();
  return type === "u32" ? reader.u32() : reader.varint();
}
