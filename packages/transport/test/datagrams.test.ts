import { describe, expect, test } from "vitest";

import { MAX_DATAGRAM_MESSAGE_BYTES, RELAYED_DATAGRAM_BYTES } from "../src/defaults.ts";
import { DATAGRAM_FRAME_OVERHEAD } from "../src/packet/frames.ts";
import { PACKET_OVERHEAD_BYTES } from "../src/packet/header.ts";
import { ProtocolViolation, type Violation } from "../src/packet/protocol-violation.ts";
import type { ControlFrame } from "../src/session/control-queue.ts";
import type { StreamHost } from "../src/stream/stream-host.ts";
import { Stream } from "../src/stream/stream.ts";
import { heldMemory } from "./held-memory.ts";
import { controlLog, recordingHost, written } from "./stream-bench.ts";
import { pattern } from "./world.ts";

const violation = (reason: Violation): ProtocolViolation => new ProtocolViolation(reason);

/** A stream of ours, and the control frames that it wants to have sent. */
function outgoing(
  sendLimit = 1_000,
  overrides: Partial<StreamHost> = {},
): { readonly stream: Stream; readonly control: ControlFrame[]; readonly log: string[] } {
  const control: ControlFrame[] = [];
  const { host, log } = recordingHost({
    sendControl: (frame) => void control.push(frame),
    ...overrides,
  });
  const reliability = "fire-and-forget";
  return {
    stream: new Stream(host, { id: 3, sendLimit, protocol: 7, reliability }),
    control,
    log,
  };
}

test("the largest message fits into a packet of a relayed path, an ACK beside it", () => {
  const room = RELAYED_DATAGRAM_BYTES - PACKET_OVERHEAD_BYTES;
  expect(MAX_DATAGRAM_MESSAGE_BYTES + DATAGRAM_FRAME_OVERHEAD + 25).toBe(room);
});

describe("sending", () => {
  test("each message is one frame, which says what was sent before it", () => {
    const { stream } = outgoing();
    stream.send(pattern(2));
    stream.send(pattern(0));
    stream.send(pattern(1));
    const logs = [written(stream), written(stream), written(stream)].map(({ log }) => log[0]);
    expect(logs).toEqual(["datagram 3 7 0 2,33", "datagram 3 7 6 ", "datagram 3 7 10 1"]);
    expect(stream.hasWork).toBe(false);
  });

  test("a message waits for a packet that has room for all of it", () => {
    const { stream } = outgoing();
    stream.send(pattern(100));
    expect(written(stream, 110).frame).toBeUndefined();
    expect(stream.hasWork).toBe(true);
    expect(written(stream).frame).toBeDefined();
  });

  test("is refused above what every path takes, and above what the peer takes", () => {
    const error = { kind: "message-too-large", delivered: "never", retryable: false };
    expect(() => outgoing().stream.send(pattern(1_025))).toThrow(expect.objectContaining(error));
    expect(() => outgoing().stream.send(pattern(1_024))).not.toThrow();
    const { stream } = outgoing(1_000, { peerMaxMessageBytes: 10 });
    expect(() => stream.send(pattern(11))).toThrow(/11 bytes, where stream 3 takes 10/);
  });

  test("meets backpressure at the window, and goes on with more credit", async () => {
    const { stream } = outgoing(100);
    for (let i = 0; i < 10; i++) stream.send(pattern(6));
    expect(() => stream.send(pattern(6))).toThrow(
      expect.objectContaining({ kind: "backpressure" }),
    );
    while (stream.hasWork) written(stream);
    let room = false;
    const waiting = stream.writable().then(() => (room = true));
    stream.onCredit(100);
    expect(room).toBe(false);
    stream.onCredit(101);
    await waiting;
    stream.send(pattern(6));
    expect(stream.stats()).toMatchObject({ backpressureCount: 1, windowLeftBytes: 0 });
  });

  test("more credit than was ever sent breaks the protocol", () => {
    const { stream } = outgoing(100);
    stream.send(pattern(6));
    written(stream);
    expect(() => stream.onCredit(111)).toThrow(violation("excess-credit"));
    expect(() => stream.onCredit(110)).not.toThrow();
  });
});

describe("after a loss", () => {
  test("nothing is sent again, but how far the stream has got is said", () => {
    const { stream, control } = outgoing();
    stream.send(pattern(6));
    written(stream).frame?.onLost();
    expect([stream.hasWork, control.length]).toEqual([false, 1]);
    expect(controlLog(control)).toEqual(["datagram offset 3 7 10"]);
    expect(stream.stats()).toMatchObject({ messagesLost: 1, unackedBytes: 0 });
  });

  test("of what the peer must know of already, nothing is said", () => {
    const { stream, control } = outgoing();
    stream.send(pattern(6));
    stream.send(pattern(6));
    const [first, second] = [written(stream).frame, written(stream).frame];
    second?.onAcked();
    first?.onLost();
    expect(control).toEqual([]);
  });

  test("it is said again while that is lost, until a later message has arrived", () => {
    const { stream, control } = outgoing();
    stream.send(pattern(6));
    written(stream).frame?.onLost();
    controlLog(control);
    control[0]?.onLost();
    expect(control).toHaveLength(2);
    stream.send(pattern(6));
    written(stream).frame?.onAcked();
    expect(controlLog(control.slice(1))).toEqual(["datagram offset 3 7 20"]);
    control[1]?.onLost();
    expect(control).toHaveLength(2);
  });

  test("that was none the message counts as lost no longer", () => {
    const { stream } = outgoing();
    stream.send(pattern(6));
    const { frame } = written(stream);
    frame?.onLost();
    frame?.onLost();
    expect(stream.stats().messagesLost).toBe(1);
    frame?.onAcked();
    expect(stream.stats()).toMatchObject({ messagesLost: 0, unackedBytes: 0 });
  });
});

describe("the end", () => {
  test("is said once the fate of every message is known, and the half is done once it arrived", () => {
    const { stream, control, log } = outgoing();
    stream.send(pattern(6));
    stream.send(pattern(6));
    stream.end();
    const frames = [written(stream).frame, written(stream).frame];
    expect(control).toEqual([]);
    frames[1]?.onAcked();
    frames[0]?.onLost();
    expect(controlLog(control)).toEqual(["datagram offset 3 7 20 end"]);
    stream.onDatagramOffset(7, 0, true);
    expect(log).not.toContain("finished 3");
    control[0]?.onAcked?.();
    expect(log).toContain("finished 3");
  });

  test("is said again when it is lost", () => {
    const { stream, control } = outgoing();
    stream.end();
    expect(controlLog(control)).toEqual(["datagram offset 3 7 0 end"]);
    control[0]?.onLost();
    expect(controlLog(control.slice(1))).toEqual(["datagram offset 3 7 0 end"]);
  });

  test("refuses further messages", () => {
    const { stream } = outgoing();
    stream.end();
    expect(() => stream.send(pattern(1))).toThrow(
      expect.objectContaining({ kind: "stream-ended" }),
    );
  });
});

/** A stream of the peer's. */
function incoming(windowBytes = 1_000): { readonly stream: Stream; readonly log: string[] } {
  const { host, log } = recordingHost({ windowBytes });
  return { stream: new Stream(host, { id: 2, sendLimit: 1_000 }), log };
}

describe("receiving", () => {
  test("the first frame shows the stream to a handler, whichever it is, and no other does", () => {
    const { stream } = incoming();
    expect(stream.onDatagram(7, 20, pattern(6))).toBe(true);
    expect([stream.protocol, stream.reliability]).toEqual([7, "fire-and-forget"]);
    expect(stream.onDatagram(7, 0, pattern(6))).toBe(false);
    expect(stream.onDatagramOffset(7, 30, true)).toBe(false);
    expect(incoming().stream.onDatagramOffset(7, 0, true)).toBe(true);
  });

  test("messages are given as they arrive, each the reader's own, and then the end", async () => {
    const { stream } = incoming();
    const packet = pattern(6);
    const first = stream.receive();
    stream.onDatagram(7, 20, packet);
    packet.fill(0);
    stream.onDatagram(7, 0, pattern(2));
    stream.onDatagramOffset(7, 40, true);
    expect(await first).toEqual(pattern(6));
    expect(await stream.receive()).toEqual(pattern(2));
    expect(await stream.receive()).toBeUndefined();
  });

  test("credit returns for what was taken and for what was lost, not for what waits", async () => {
    const { stream, log } = incoming(100);
    stream.onDatagram(7, 0, pattern(46));
    expect(log).toEqual([]);
    await stream.receive();
    expect(log).toEqual(["credit 2 150"]);
    stream.onDatagramOffset(7, 110, false);
    expect(log).toEqual(["credit 2 150", "credit 2 210"]);
  });

  test("what comes after its credit was given back is dropped while too much waits unread", () => {
    const { stream } = incoming(100);
    stream.onDatagramOffset(7, 90, false);
    stream.onDatagram(7, 90, pattern(50));
    stream.onDatagram(7, 0, pattern(50));
    stream.onDatagram(7, 54, pattern(30));
    expect(stream.stats()).toMatchObject({ unreadBytes: 108, messagesDropped: 1 });
  });

  test.each<[Violation, string, (stream: Stream) => unknown]>([
    ["flow-control", "a message beyond the limit", (s) => s.onDatagram(7, 1_000, pattern(0))],
    ["flow-control", "an offset out of reach", (s) => s.onDatagramOffset(7, 2_028, false)],
    ["message-too-large", "a message too large", (s) => s.onDatagram(7, 0, pattern(1_025))],
    ["final-size", "a message behind the end", (s) => s.onDatagram(7, 60, pattern(0))],
    ["final-size", "another end", (s) => s.onDatagramOffset(7, 61, true)],
    ["final-size", "an offset behind the end", (s) => s.onDatagramOffset(7, 61, false)],
    ["stream-state", "another protocol", (s) => s.onDatagram(8, 0, pattern(1))],
    ["stream-state", "reliable data", (s) => s.onData(0, pattern(1), false)],
  ])("%s: %s", (reason, _, go) => {
    const { stream } = incoming();
    const isEnd = reason === "final-size";
    stream.onDatagramOffset(7, isEnd ? 60 : 0, isEnd);
    expect(() => go(stream)).toThrow(violation(reason));
  });

  test("final-size: an end before what was sent", () => {
    const { stream } = incoming();
    stream.onDatagram(7, 0, pattern(6));
    expect(() => stream.onDatagramOffset(7, 9, true)).toThrow(violation("final-size"));
  });

  test("stream-state: a message on a stream that began as a reliable one", () => {
    const { stream } = incoming();
    stream.onData(1, pattern(1), false);
    expect(() => stream.onDatagram(7, 0, pattern(1))).toThrow(violation("stream-state"));
    expect(() => stream.onDatagramOffset(7, 0, false)).toThrow(violation("stream-state"));
  });
});

test("messages that nobody takes cost little more than the window, however many they are", async () => {
  const { host } = recordingHost({ windowBytes: 65_536 });
  const before = heldMemory();
  const streams = Array.from({ length: 16 }, (_, i) => new Stream(host, { id: i, sendLimit: 1 }));
  for (const stream of streams) {
    for (let at = 0; at < 65_536; at += 4) stream.onDatagram(7, at, pattern(0));
  }
  expect((heldMemory() - before) / streams.length).toBeLessThan(3 * 65_536);
  const [stream] = streams;
  expect(stream?.stats()).toMatchObject({ unreadBytes: 65_536, messagesDropped: 0 });
  expect(await stream?.receive()).toEqual(pattern(0));
});
