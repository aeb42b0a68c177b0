import { expect, test } from "vitest";

import { Pool } from "../src/packet/pool.ts";
import { pattern } from "./world.ts";

test("pieces are zeros, and nobody else's, whatever is written to them", () => {
  const pool = new Pool();
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
  const copy = new Pool().copy(original);
  original.fill(0);
  expect(copy).toEqual(pattern(length));
});
