import { expect, test } from "vitest";

import { BytePool } from "../src/byte-pool.ts";
import { copyBytes, utf8 } from "../src/bytes.ts";

test("pieces are zeros, and nobody else's, whatever is written to them", () => {
  const pool = new BytePool();
  const lengths = Array.from({ length: 300 }, (_, i) => (i * 37) % 3_000);
  const pieces = lengths.map((length, i) => {
    const piece = pool.take(length);
    expect(piece.every((byte) => byte === 0)).toBe(true);
    return piece.fill(i + 1);
  });
  for (const [i, piece] of pieces.entries()) {
    expect(piece.length).toBe(lengths[i]);
    expect(piece.every((byte) => byte === ((i + 1) & 255))).toBe(true);
  }
});

test.each([0, 1, 64, 2_048, 2_049, 70_000])("a copy of %i bytes outlives what it was", (length) => {
  const original = pattern(length);
  const copy = new BytePool().copy(original);
  original.fill(0);
  expect(copy).toEqual(pattern(length));
});

test.each([10, 70_000])("a copy of %i bytes of a Buffer is one, too", (length) => {
  const original = Buffer.from(pattern(length));
  const copies = [new BytePool().copy(original), copyBytes(original)];
  original.fill(0);
  for (const copy of copies) expect(copy).toEqual(pattern(length));
});

test("pieces above an eighth of a block keep no block", () => {
  const pool = new BytePool(1_024);
  pool.take(128);
  expect(pool.take(128).buffer.byteLength).toBeLessThanOrEqual(1_024);
  expect(pool.take(129).buffer.byteLength).toBe(129);
});

test.each(["", "plain", "naïve café", "日本語", "𝒮elvage", "half \ud83d pair", "x".repeat(5_000)])(
  "UTF-8 of %j is as long as it must be, and leaves zeros behind",
  (text) => {
    const pool = new BytePool();
    expect(pool.utf8(text)).toEqual(utf8(text));
    expect(pool.utf8(text)).toEqual(utf8(text));
    expect(pool.take(2_000).every((byte) => byte === 0)).toBe(true);
  },
);

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 7);
}
