import { BytePool } from "@selvage/core";
import { expect, test } from "vitest";

import { ProtocolViolation } from "../src/packet/protocol-violation.ts";
import { ReceiveBuffer } from "../src/stream/receive-buffer.ts";
import { heldMemory } from "./held-memory.ts";
import { pattern } from "./world.ts";

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

test("bytes behind a gap cannot be read before the gap is filled", () => {
  const buffer = new ReceiveBuffer(65_536, new BytePool());
  expect(buffer.insert(2, bytes(3, 4))).toBe(false);
  expect([buffer.available, buffer.highest]).toEqual([0, 4]);
  expect(buffer.insert(0, bytes(1, 2))).toBe(true);
  expect(buffer.available).toBe(4);
  expect(buffer.take(4)).toEqual(bytes(1, 2, 3, 4));
  expect(buffer.readOffset).toBe(4);
});

test("a repeated fragment is no news, also after it was read", () => {
  const buffer = new ReceiveBuffer(65_536, new BytePool());
  buffer.insert(0, bytes(1, 2));
  expect(buffer.insert(0, bytes(1, 2))).toBe(false);
  buffer.take(2);
  expect(buffer.insert(0, bytes(1, 2))).toBe(false);
  expect(buffer.available).toBe(0);
});

test("fragments are copied: the packet's memory is used again", () => {
  const buffer = new ReceiveBuffer(65_536, new BytePool());
  const fragment = bytes(1, 2, 3);
  buffer.insert(0, fragment);
  fragment.fill(0);
  expect(buffer.take(3)).toEqual(bytes(1, 2, 3));
});

test("looking ahead and skipping work across fragments", () => {
  const buffer = new ReceiveBuffer(65_536, new BytePool());
  buffer.insert(0, bytes(1, 2));
  buffer.insert(2, bytes(3));
  buffer.insert(3, bytes(4, 5));
  expect([0, 1, 2, 3, 4].map((ahead) => buffer.peek(ahead))).toEqual([1, 2, 3, 4, 5]);
  buffer.skip(3);
  expect(buffer.peek(0)).toBe(4);
  expect(buffer.take(2)).toEqual(bytes(4, 5));
});

test("thousands of tiny fragments in a row are merged and stay readable", () => {
  const buffer = new ReceiveBuffer(65_536, new BytePool());
  const whole = pattern(10_000);
  for (let at = 0; at < whole.length; at++) buffer.insert(at, whole.subarray(at, at + 1));
  expect(buffer.take(whole.length)).toEqual(whole);
});

test("tiny fragments cost little more than their bytes", () => {
  const before = heldMemory();
  const buffers = Array.from({ length: 64 }, () => {
    const buffer = new ReceiveBuffer(65_536, new BytePool());
    for (let at = 1; at < 2_000; at++) buffer.insert(at, bytes(1));
    return buffer;
  });
  expect((heldMemory() - before) / buffers.length).toBeLessThan(20_000);
  expect(buffers.map(({ storedBytes }) => storedBytes)).toEqual(buffers.map(() => 1_999));
});

test("a byte that is kept does not keep what other streams have read", () => {
  const before = heldMemory();
  const done = new ReceiveBuffer(2 ** 40, new BytePool());
  const buffers = Array.from({ length: 256 }, () => {
    const buffer = new ReceiveBuffer(65_536, new BytePool());
    buffer.insert(1, bytes(1));
    for (let i = 0; i < 32; i++) done.insert(done.highest, new Uint8Array(1_024));
    done.skip(done.available);
    return buffer;
  });
  expect((heldMemory() - before) / buffers.length).toBeLessThan(2_000);
});

test.each([
  [1_024, 72],
  [65_536, 576],
  [16_777_216, 16_384],
])("in a room of %i bytes more than %i holes are a violation", (limit, allowed) => {
  const buffer = new ReceiveBuffer(limit, new BytePool());
  let gaps = 0;
  expect(() => {
    for (; gaps < limit; gaps++) buffer.insert(2 * gaps + 1, bytes(1));
  }).toThrow(new ProtocolViolation("too-many-gaps"));
  // It is looked at after every 64 of them.
  expect(gaps).toBeGreaterThanOrEqual(allowed);
  expect(gaps).toBeLessThanOrEqual(allowed + 64);
});

test("as many holes as are allowed do no harm", () => {
  const buffer = new ReceiveBuffer(65_536, new BytePool());
  const whole = pattern(4_000);
  for (let at = 1; at < 1_100; at += 2) buffer.insert(at, whole.subarray(at, at + 1));
  for (let at = 1_100; at < 4_000; at++) buffer.insert(at, whole.subarray(at, at + 1));
  buffer.insert(0, whole.subarray(0, 2_000));
  expect(buffer.take(4_000)).toEqual(whole);
});

test("what was let go cannot be read any more", () => {
  const buffer = new ReceiveBuffer(65_536, new BytePool());
  buffer.insert(0, bytes(1, 2, 3));
  buffer.take(1);
  buffer.clear();
  expect(buffer.available).toBe(0);
});
