import { describe, expect, test } from "vitest";

import { ByteWriter } from "../src/packet/bytes-io.ts";
import { SendQueue } from "../src/stream/send-queue.ts";
import { pattern } from "./world.ts";

function read(queue: SendQueue, from: number, to: number): number[] {
  const writer = new ByteWriter(new Uint8Array(to - from));
  queue.copy(from, to - from, writer);
  expect(writer.at).toBe(to - from);
  return [...writer.bytes];
}

describe("what is queued", () => {
  test("is read in any pieces, however it came and however it is kept", () => {
    const queue = new SendQueue();
    const all: number[] = [];
    for (const length of [1, 60, 3, 5_000, 2, 511, 512, 513, 100, 0, 7, 70_000, 40]) {
      queue.pushNumber(length, 4);
      queue.push(pattern(length));
      all.push(length & 255, (length >> 8) & 255, length >> 16, 0, ...pattern(length));
    }
    expect(queue.end).toBe(all.length);
    for (const step of [1, 13, 1_171, all.length]) {
      const pieces: number[] = [];
      for (let at = 0; at < all.length; at += step) {
        for (const byte of read(queue, at, Math.min(all.length, at + step))) pieces.push(byte);
      }
      expect(pieces).toEqual(all);
    }
  });

  test("is still there above what was released, in part of a block too", () => {
    const queue = new SendQueue();
    for (let i = 0; i < 30; i++) queue.pushNumber(i, 1);
    queue.release(10);
    expect(read(queue, 10, 30)).toEqual(Array.from({ length: 20 }, (_, i) => i + 10));
  });

  test("follows what was released to its end, in the same memory or not", () => {
    const queue = new SendQueue();
    for (let round = 0; round < 200; round++) {
      const from = queue.end;
      for (let i = 0; i <= round; i++) queue.pushNumber(round, 2);
      queue.push(pattern(round));
      const expected = Array.from({ length: round + 1 }, () => [round, 0]).flat();
      expect(read(queue, from, queue.end)).toEqual([...expected, ...pattern(round)]);
      queue.release(queue.end);
    }
  });
});

test("large arrays are kept as they are, not copied", () => {
  const queue = new SendQueue();
  const bytes = pattern(10_000);
  queue.pushNumber(1, 4);
  queue.push(bytes);
  bytes[0] = 200;
  expect(read(queue, 4, 5)).toEqual([200]);
});
