import { describe, expect, test } from "vitest";

import { ByteWriter } from "../src/packet/bytes-io.ts";
import { FrameType } from "../src/packet/frames.ts";
import { ProtocolViolation, type Violation } from "../src/packet/protocol-violation.ts";
import { dispatchFrames } from "../src/session/ingress.ts";
import { recordingSink } from "./recording-sink.ts";

/** A payload of a type byte, varints, and bytes at the end. */
function frame(type: number, fields: readonly number[], tail: readonly number[] = []): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(200));
  writer.u8(type);
  for (const field of fields) writer.varint(field);
  writer.raw(Uint8Array.from(tail));
  return writer.bytes.subarray(0, writer.at);
}

const frames: readonly (readonly [string, Uint8Array, string])[] = [
  ["stream data", frame(FrameType.stream, [4, 300, 3], [7, 8, 9]), "data 4 300 7,8,9"],
  ["stream end", frame(FrameType.streamFin, [4, 300, 1], [7]), "data 4 300 7 fin"],
  ["an empty stream end", frame(FrameType.streamFin, [4, 0, 0]), "data 4 0  fin"],
  ["a datagram", frame(FrameType.datagram, [4, 5, 6, 7, 2], [8, 9]), "datagram 4 1541 7 8,9"],
  [
    "how far datagrams got",
    frame(FrameType.datagramOffset, [4, 5, 6, 300], [0]),
    "datagram offset 4 1541 300",
  ],
  [
    "the end of datagrams",
    frame(FrameType.datagramOffset, [4, 5, 6, 300], [1]),
    "datagram offset 4 1541 300 end",
  ],
  ["a reset", frame(FrameType.reset, [6, 70_000], [1]), "reset 6 70000 not started"],
  ["a reset of what started", frame(FrameType.reset, [6, 5], [0]), "reset 6 5"],
  ["stream credit", frame(FrameType.maxStreamData, [2, 2 ** 40]), "max data 2 1099511627776"],
  ["stream count", frame(FrameType.maxStreams, [2_048]), "max streams 2048"],
  ["a goaway", frame(FrameType.goaway, [17]), "goaway 17"],
  ["an ACK", frame(FrameType.ack, [9, 8, 3, 0, 2]), "ack 9 7-9"],
  ["a close", frame(FrameType.close, [1, 2], [104, 105]), "close 1 hi"],
];

test.each(frames)("%s is handed on", (_, payload, expected) => {
  const { sink, log } = recordingSink();
  dispatchFrames(payload, sink);
  expect(log).toEqual([expected]);
});

test.each(frames)("%s cut at each byte is a violation", (_, payload) => {
  for (let length = 1; length < payload.length; length++) {
    const { sink, log } = recordingSink();
    expect(() => dispatchFrames(payload.subarray(0, length), sink)).toThrow(
      new ProtocolViolation("truncated"),
    );
    expect(log).toEqual([]);
  }
});

test("several frames are handed on in their order, padding between them is nothing", () => {
  const { sink, log } = recordingSink();
  const payload = frames.slice(0, 4).flatMap(([, bytes]) => [0, 0, ...bytes]);
  expect(dispatchFrames(Uint8Array.from(payload), sink)).toBe(true);
  expect(log).toEqual(frames.slice(0, 4).map(([, , expected]) => expected));
});

test("nothing behind a close is looked at", () => {
  const { sink, log } = recordingSink();
  dispatchFrames(Uint8Array.of(...frame(FrameType.close, [0, 0]), 0xff, FrameType.ping), sink);
  expect(log).toEqual(["close 0 "]);
});

describe("wants an acknowledgement:", () => {
  test.each([
    ["nothing", [], false],
    ["padding", [FrameType.padding, FrameType.padding], false],
    ["an ACK", [FrameType.ack, 0, 0, 0, 0, 0], false],
    ["a close", [FrameType.close, 0, 0], false],
    ["a ping", [FrameType.ping], true],
    ["an ACK with a ping", [FrameType.ack, 0, 0, 0, 0, 0, FrameType.ping], true],
    ["credit", [FrameType.maxStreams, 1], true],
    ["a goaway", [FrameType.goaway, 1], true],
  ])("%s: %s", (_, bytes, expected) => {
    expect(dispatchFrames(Uint8Array.from(bytes), recordingSink().sink)).toBe(expected);
  });
});

test.each<[string, Uint8Array, Violation]>([
  ["an unknown frame type", Uint8Array.of(0x3f), "unknown-frame"],
  [
    "stream data that would end beyond exact numbers",
    frame(FrameType.stream, [0, Number.MAX_SAFE_INTEGER, 1], [0]),
    "integer-range",
  ],
  ["an ACK with impossible ranges", frame(FrameType.ack, [1, 0, 0, 0, 2]), "ack-ranges"],
])("%s is a violation", (_, payload, reason) => {
  expect(() => dispatchFrames(payload, recordingSink().sink)).toThrow(
    new ProtocolViolation(reason),
  );
});
