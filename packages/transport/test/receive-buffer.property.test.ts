import { BytePool, randomInt } from "@selvage/core";
import { seededRandom, type SeededRandom } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import { ReceiveBuffer } from "../src/stream/receive-buffer.ts";
import { pattern, same } from "./world.ts";

/** A fragment, or a read of up to so many bytes. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ read: fc.constant(false), at: fc.nat(400), length: fc.nat(60) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ read: fc.constant(true), at: fc.nat(0), length: fc.nat(80) }),
  },
);

test("whatever way a stream is cut up, repeated and reordered, it is read as it was written", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const whole = pattern(400);
      const arrived = new Uint8Array(whole.length + 1);
      const buffer = new ReceiveBuffer(65_536, new BytePool());
      const read: number[] = [];
      for (const { read: isRead, at, length } of steps) {
        if (isRead) {
          read.push(...buffer.take(Math.min(length, buffer.available)));
        } else {
          const end = Math.min(whole.length, at + length);
          if (at >= end) continue;
          const before = buffer.available;
          const grew = buffer.insert(at, whole.subarray(at, end));
          arrived.fill(1, at, end);
          expect(grew).toBe(buffer.available > before);
        }
        expect(buffer.readOffset).toBe(read.length);
        expect(buffer.available).toBe(arrived.indexOf(0) - read.length);
        expect(buffer.highest).toBe(arrived.lastIndexOf(1) + 1);
        if (buffer.available > 0) expect(buffer.peek(0)).toBe(whole[read.length]);
      }
      read.push(...buffer.take(buffer.available));
      expect(Uint8Array.from(read)).toEqual(whole.subarray(0, read.length));
    }),
    { numRuns: 300 },
  );
});

test("merging of many small fragments changes nothing of what is read", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(8_000), { minLength: 3_000, maxLength: 6_000 }), (offsets) => {
      const whole = pattern(8_192);
      const buffer = new ReceiveBuffer(65_536, new BytePool());
      // Enough to merge more than once; every other byte is there from the start, so that few
      // holes are open at once.
      for (let at = 4_096; at < 8_192; at += 32) buffer.insert(at, whole.subarray(at, at + 31));
      for (const at of offsets) {
        if (at % 4 === 0) buffer.insert(at, whole.subarray(at, at + 7));
      }
      buffer.insert(0, whole);
      expect(buffer.take(whole.length)).toEqual(whole);
    }),
    { numRuns: 10 },
  );
});

/** The same in an order of its own. */
function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const result: T[] = [];
  for (const item of items) {
    const at = randomInt(random, result.length + 1);
    const other = result[at];
    result.push(other ?? item);
    result[at] = item;
  }
  return result;
}

test.each([
  ["a window", 65_536, 40, 1_100],
  ["a large message", 16_777_216, 1_100, 1_100],
  ["a large message", 16_777_216, 500, 16_000],
])("%s of %i bytes may come in any order, in packets of %i to %i", (_, length, least, most) => {
  const random = seededRandom(length + most);
  const whole = pattern(length);
  const pieces: [number, number][] = [];
  for (let at = 0; at < length; at += pieces.at(-1)?.[1] ?? 0) {
    pieces.push([at, Math.min(length - at, least + randomInt(random, most - least + 1))]);
  }
  const buffer = new ReceiveBuffer(length, new BytePool());
  for (const [at, bytes] of shuffled(pieces, random)) {
    buffer.insert(at, whole.subarray(at, at + bytes));
  }
  expect(same(buffer.take(length), whole)).toBe(true);
});
