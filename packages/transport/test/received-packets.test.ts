import { describe, expect, test } from "vitest";

import { ByteReader, ByteWriter } from "../src/packet/bytes-io.ts";
import { FrameType } from "../src/packet/frames.ts";
import { ProtocolViolation } from "../src/packet/protocol-violation.ts";
import {
  type AckFrame,
  MAX_ACK_RANGES,
  readAck,
  ReceivedPackets,
} from "../src/recovery/received-packets.ts";

/** Records numbers in this order. */
function received(...numbers: readonly number[]): ReceivedPackets {
  const packets = new ReceivedPackets();
  for (const number of numbers) packets.add(number);
  return packets;
}

/** The ACK frame that reports them, read back; `undefined` if none fits into `room`. */
function ackOf(
  packets: ReceivedPackets,
  room = 1_200,
  ackDelayMs = 0,
  loopDelayMs = 0,
): AckFrame | undefined {
  const writer = new ByteWriter(new Uint8Array(1_200));
  const largest = packets.writeAck(writer, room, ackDelayMs, loopDelayMs);
  if (largest < 0) {
    expect(writer.at).toBe(0);
    return undefined;
  }
  expect(writer.at).toBeLessThanOrEqual(room);
  const reader = new ByteReader(writer.bytes, 0, writer.at);
  expect(reader.u8()).toBe(FrameType.ack);
  const frame = readAck(reader);
  expect(reader.remaining).toBe(0);
  expect(frame.largest).toBe(largest);
  return frame;
}

const rangesOf = (packets: ReceivedPackets): unknown => ackOf(packets)?.ranges;

describe("recording", () => {
  test("nothing received is nothing to report", () => {
    expect(ackOf(received())).toBeUndefined();
    expect(received().largest).toBe(-1);
  });

  test("numbers in a row are one range and leave no gap", () => {
    const packets = new ReceivedPackets();
    expect([0, 1, 2].map((number) => packets.add(number))).toEqual([false, false, false]);
    expect(rangesOf(packets)).toEqual([{ first: 0, last: 2 }]);
  });

  test("a jump leaves a gap, and what fills it says so too", () => {
    const packets = received(0, 1);
    expect(packets.add(4)).toBe(true);
    expect(packets.add(3)).toBe(true);
    expect(packets.add(2)).toBe(true);
    expect(packets.add(5)).toBe(false);
    expect(rangesOf(packets)).toEqual([{ first: 0, last: 5 }]);
  });

  test("a first packet with a number above zero leaves a gap: zero is not taken for received", () => {
    const packets = new ReceivedPackets();
    expect(packets.add(3)).toBe(true);
    expect(rangesOf(packets)).toEqual([{ first: 3, last: 3 }]);
  });

  test("a number below all others makes a range of its own", () => {
    expect(rangesOf(received(9, 5, 1))).toEqual([
      { first: 9, last: 9 },
      { first: 5, last: 5 },
      { first: 1, last: 1 },
    ]);
  });

  test("a repeated number changes nothing", () => {
    expect(rangesOf(received(0, 1, 4, 1, 4))).toEqual([
      { first: 4, last: 4 },
      { first: 0, last: 1 },
    ]);
  });

  test("of too many ranges the lowest are forgotten", () => {
    const numbers = Array.from({ length: 40 }, (_, i) => 2 * i);
    const ranges = ackOf(received(...numbers))?.ranges;
    expect(ranges).toHaveLength(MAX_ACK_RANGES);
    expect(ranges?.at(-1)).toEqual({ first: 16, last: 16 });
  });

  test("what the peer knows of is forgotten, but never the newest range", () => {
    const packets = received(0, 1, 4, 5, 9);
    packets.forgetBelow(5);
    expect(rangesOf(packets)).toEqual([
      { first: 9, last: 9 },
      { first: 4, last: 5 },
    ]);
    packets.forgetBelow(1_000);
    expect(rangesOf(packets)).toEqual([{ first: 9, last: 9 }]);
  });
});

describe("the frame", () => {
  test("carries both delays, the one of the ACK in eighths of a millisecond", () => {
    expect(ackOf(received(0), 1_200, 1.3, 17.6)).toMatchObject({
      ackDelayMs: 1.25,
      loopDelayMs: 18,
    });
  });

  test("reports the newest ranges where not all fit", () => {
    const packets = received(...Array.from({ length: 20 }, (_, i) => 3 * i));
    const frame = ackOf(packets, 40);
    expect(frame?.ranges.length).toBeGreaterThan(1);
    expect(frame?.ranges.length).toBeLessThan(20);
    expect(frame?.ranges[0]).toEqual({ first: 57, last: 57 });
  });

  test("is left out where not even one range is sure to fit", () => {
    expect(ackOf(received(0), 33)).toBeUndefined();
    expect(ackOf(received(0), 34)).toBeDefined();
  });

  test.each([
    ["more ranges than anybody keeps", [10_000, 0, 0, MAX_ACK_RANGES, 0]],
    ["a first range below zero", [5, 0, 0, 0, 6]],
    ["a gap below zero", [5, 0, 0, 1, 0, 4, 0]],
    ["a later range below zero", [5, 0, 0, 1, 0, 0, 4]],
  ])("with %s is a violation", (_, fields) => {
    const writer = new ByteWriter(new Uint8Array(64));
    for (const field of fields) writer.varint(field);
    const reader = new ByteReader(writer.bytes, 0, writer.at);
    expect(() => readAck(reader)).toThrow(new ProtocolViolation("ack-ranges"));
  });
});
