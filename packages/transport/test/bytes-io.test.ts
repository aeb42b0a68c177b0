import { fromHex, toHex } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { ByteReader, ByteWriter, varintLength } from "../src/packet/bytes-io.ts";
import { ProtocolViolation } from "../src/packet/protocol-violation.ts";

/** The samples of RFC 9000, appendix A.1, but for the one above 2^53. */
const samples: readonly (readonly [string, number])[] = [
  ["9d7f3e7d", 494_878_333],
  ["7bbd", 15_293],
  ["25", 37],
];

describe("variable-length integers", () => {
  test.each(samples)("%s is %i, as RFC 9000 has it", (hex, value) => {
    const reader = new ByteReader(fromHex(hex));
    expect(reader.varint()).toBe(value);
    expect(reader.remaining).toBe(0);
    const writer = new ByteWriter(new Uint8Array(varintLength(value)));
    writer.varint(value);
    expect(toHex(writer.bytes)).toBe(hex);
  });

  test("an encoding longer than need be is read like the shortest", () => {
    expect(new ByteReader(fromHex("4025")).varint()).toBe(37);
    expect(new ByteReader(fromHex("80000025")).varint()).toBe(37);
    expect(new ByteReader(fromHex("c000000000000025")).varint()).toBe(37);
  });

  test.each([
    [63, 1],
    [64, 2],
    [16_383, 2],
    [16_384, 4],
    [2 ** 30 - 1, 4],
    [2 ** 30, 8],
    [Number.MAX_SAFE_INTEGER, 8],
  ])("%i takes %i bytes", (value, length) => {
    expect(varintLength(value)).toBe(length);
    const writer = new ByteWriter(new Uint8Array(length));
    writer.varint(value);
    expect(writer.at).toBe(length);
    expect(new ByteReader(writer.bytes).varint()).toBe(value);
  });

  test("what is no exact number here is a violation, RFC 9000's largest sample for one", () => {
    for (const hex of ["c2197c5eff14e88c", "c020000000000000", "ffffffffffffffff"]) {
      expect(violation(() => new ByteReader(fromHex(hex)).varint())).toBe("integer-range");
    }
  });
});

describe("reading past the end", () => {
  test.each(["9d7f3e7d", "7bbd", "25", "c000000040000000"])(
    "is a violation for %s cut at each byte",
    (hex) => {
      const bytes = fromHex(hex);
      for (let length = 0; length < bytes.length; length++) {
        const reader = new ByteReader(bytes, 0, length);
        expect(violation(() => reader.varint())).toBe("truncated");
      }
    },
  );

  test("is a violation for bytes, words and views", () => {
    const bytes = new Uint8Array(8);
    expect(violation(() => new ByteReader(bytes, 8).u8())).toBe("truncated");
    expect(violation(() => new ByteReader(bytes, 5).u32())).toBe("truncated");
    expect(violation(() => new ByteReader(bytes, 0, 3).raw(4))).toBe("truncated");
  });
});

test("words are little-endian and unsigned", () => {
  const writer = new ByteWriter(new Uint8Array(4));
  writer.u32(0xfedc_ba98);
  expect(toHex(writer.bytes)).toBe("98badcfe");
  expect(new ByteReader(writer.bytes).u32()).toBe(0xfedc_ba98);
});

test("raw bytes are read as a view and written as a copy", () => {
  const source = fromHex("0102030405");
  const view = new ByteReader(source, 1).raw(3);
  expect(toHex(view)).toBe("020304");
  expect(view.buffer).toBe(source.buffer);
  const writer = new ByteWriter(new Uint8Array(4), 1);
  writer.raw(view);
  source.fill(0);
  expect(toHex(writer.bytes)).toBe("00020304");
});

/** The reason of the violation that `read` throws. */
function violation(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof ProtocolViolation) return error.reason;
    throw error;
  }
  return undefined;
}
