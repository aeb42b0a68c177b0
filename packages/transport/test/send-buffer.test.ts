import { describe, expect, test } from "vitest";

import { ByteWriter } from "../src/packet/bytes-io.ts";
import { SendBuffer, type SendRange } from "../src/stream/send-buffer.ts";
import { pattern } from "./world.ts";

function copied(buffer: SendBuffer, range: SendRange): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(range.length));
  buffer.copy(range, writer);
  expect(writer.at).toBe(range.length);
  return writer.bytes;
}

/** Takes the next range, which there must be. */
function take(buffer: SendBuffer, room: number): SendRange {
  const range = buffer.take(room);
  if (range === undefined) throw new Error("nothing to send");
  return range;
}

test("an empty buffer has nothing to send, and sends an empty end once", () => {
  const buffer = new SendBuffer(100);
  expect([buffer.hasWork, buffer.take(10)]).toEqual([false, undefined]);
  buffer.end();
  expect(buffer.hasWork).toBe(true);
  expect(buffer.take(10)).toEqual({ offset: 0, length: 0, fin: true });
  expect([buffer.hasWork, buffer.take(10)]).toEqual([false, undefined]);
});

test("ranges follow each other across the caller's arrays, the end with the last", () => {
  const buffer = new SendBuffer(100);
  buffer.push(pattern(5));
  buffer.push(pattern(7));
  buffer.end();
  const first = take(buffer, 8);
  const second = take(buffer, 8);
  expect([first, second]).toEqual([
    { offset: 0, length: 8, fin: false },
    { offset: 8, length: 4, fin: true },
  ]);
  expect([...copied(buffer, first), ...copied(buffer, second)]).toEqual([
    ...pattern(5),
    ...pattern(7),
  ]);
});

describe("the peer's limit", () => {
  test("holds bytes back until it is raised, and is full at exactly its value", () => {
    const buffer = new SendBuffer(10);
    buffer.push(pattern(9));
    expect(buffer.isFull).toBe(false);
    buffer.push(pattern(9));
    expect(buffer.isFull).toBe(true);
    expect(take(buffer, 100)).toMatchObject({ offset: 0, length: 10 });
    expect(buffer.hasWork).toBe(false);
    expect(buffer.allow(15)).toBe(true);
    expect(take(buffer, 100)).toMatchObject({ offset: 10, length: 5 });
  });

  test("never shrinks: a lower value is old news", () => {
    const buffer = new SendBuffer(10);
    buffer.push(pattern(20));
    expect(buffer.allow(10)).toBe(false);
    expect(buffer.allow(3)).toBe(false);
    expect(take(buffer, 100).length).toBe(10);
  });

  test("an end waits behind bytes that wait", () => {
    const buffer = new SendBuffer(4);
    buffer.push(pattern(6));
    buffer.end();
    expect(take(buffer, 100)).toEqual({ offset: 0, length: 4, fin: false });
    expect(buffer.hasWork).toBe(false);
    buffer.allow(6);
    expect(take(buffer, 100)).toEqual({ offset: 4, length: 2, fin: true });
  });

  test("is not charged again for what is repeated", () => {
    const buffer = new SendBuffer(4);
    buffer.push(pattern(4));
    const range = take(buffer, 4);
    buffer.onLost(range);
    expect(take(buffer, 4)).toEqual(range);
  });
});

describe("loss", () => {
  test("is repaired before anything new is sent", () => {
    const buffer = new SendBuffer(100);
    buffer.push(pattern(30));
    const first = take(buffer, 10);
    take(buffer, 10);
    buffer.onLost(first);
    expect(take(buffer, 10)).toEqual(first);
    expect(take(buffer, 10)).toMatchObject({ offset: 20, length: 10 });
  });

  test("is cut to the room, and the end comes with the last piece", () => {
    const buffer = new SendBuffer(100);
    buffer.push(pattern(10));
    buffer.end();
    buffer.onLost(take(buffer, 100));
    expect([take(buffer, 6), take(buffer, 6)]).toEqual([
      { offset: 0, length: 6, fin: false },
      { offset: 6, length: 4, fin: true },
    ]);
  });

  test("of what another packet brought is not repaired", () => {
    const buffer = new SendBuffer(100);
    buffer.push(pattern(30));
    const [first, second, third] = [take(buffer, 10), take(buffer, 10), take(buffer, 10)];
    buffer.onAcked(second);
    buffer.onLost({ offset: 0, length: 30, fin: false });
    expect([take(buffer, 30), take(buffer, 30)]).toEqual([first, third]);
    expect(buffer.take(30)).toBeUndefined();
  });

  test("that another packet repairs leaves nothing to send, whichever is known first", () => {
    const suspected = new SendBuffer(100);
    suspected.push(pattern(10));
    const range = take(suspected, 10);
    suspected.onLost(range);
    suspected.onAcked(range);
    expect([suspected.hasWork, suspected.take(10)]).toEqual([false, undefined]);
    const overtaken = new SendBuffer(100);
    overtaken.push(pattern(20));
    take(overtaken, 10);
    const second = take(overtaken, 10);
    overtaken.onAcked(second);
    overtaken.onLost(second);
    expect([overtaken.hasWork, overtaken.take(10)]).toEqual([false, undefined]);
  });

  test("of an end alone sends the end alone again", () => {
    const buffer = new SendBuffer(100);
    buffer.push(pattern(3));
    buffer.onAcked(take(buffer, 10));
    buffer.end();
    const end = take(buffer, 10);
    buffer.onLost(end);
    expect(take(buffer, 10)).toEqual({ offset: 3, length: 0, fin: true });
  });
});

test("is done when everything and the end was acknowledged, in any order", () => {
  const buffer = new SendBuffer(100);
  buffer.push(pattern(20));
  buffer.end();
  const [first, second] = [take(buffer, 10), take(buffer, 10)];
  buffer.onAcked(second);
  expect([buffer.isDone, buffer.unackedBytes]).toEqual([false, 20]);
  buffer.onAcked(first);
  expect([buffer.isDone, buffer.unackedBytes]).toEqual([true, 0]);
});
