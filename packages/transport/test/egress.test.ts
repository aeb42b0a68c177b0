import { describe, expect, test } from "vitest";

import { FrameType } from "../src/packet/frames.ts";
import { ReceivedPackets } from "../src/recovery/received-packets.ts";
import { Egress, type Payload } from "../src/session/egress.ts";
import { dispatchFrames } from "../src/session/ingress.ts";
import { Stream } from "../src/stream/stream.ts";
import { recordingSink } from "./recording-sink.ts";
import { incomingStream, recordingHost } from "./stream-bench.ts";
import { pattern } from "./world.ts";

const ROOM = 1_170;

/** An egress with its memory, read back through the ingress. */
function bench(): {
  readonly egress: Egress;
  readonly received: ReceivedPackets;
  fill(options?: { room?: number; ack?: boolean; streams?: boolean }): Payload & {
    readonly log: string[];
  };
} {
  const received = new ReceivedPackets();
  const scratch = new Uint8Array(1_200);
  const egress = new Egress(received, scratch);
  return {
    egress,
    received,
    fill: ({ room = ROOM, ack = false, streams = true } = {}) => {
      const delays = ack ? { ackDelayMs: 1, loopDelayMs: 2 } : undefined;
      const payload = egress.fill(room, delays, streams);
      expect(payload.length).toBeLessThanOrEqual(room);
      const { sink, log } = recordingSink();
      expect(dispatchFrames(scratch.subarray(0, payload.length), sink)).toBe(payload.eliciting);
      return { ...payload, log };
    },
  };
}

/** A stream of ours that has so many bytes to send. */
function sending(id: number, bytes: number): Stream {
  const stream = new Stream(recordingHost().host, { id, sendLimit: 1e6, protocol: 1 });
  stream.send(pattern(bytes));
  return stream;
}

/** Which stream each data frame belongs to, and how much of it. */
const pieces = (log: readonly string[]): string[] =>
  log
    .filter((line) => line.startsWith("data"))
    .map((line) => {
      const [, id, offset, data = ""] = line.split(" ");
      return `${id}@${offset}+${data === "" ? 0 : data.split(",").length}`;
    });

test("with nothing to say there is no packet", () => {
  const { egress, fill } = bench();
  expect(egress.hasWork()).toBe(false);
  expect(fill()).toMatchObject({ length: 0, eliciting: false, log: [] });
});

test("an ACK alone asks for no acknowledgement; with anything beside it, the packet does", () => {
  const { egress, received, fill } = bench();
  received.add(0);
  expect(fill({ ack: true })).toMatchObject({ eliciting: false, log: ["ack 0 0-0"] });
  egress.ping();
  expect(fill({ ack: true })).toMatchObject({ eliciting: true, log: ["ack 0 0-0"] });
});

test("acknowledgements come first, then control, then data", () => {
  const { egress, received, fill } = bench();
  received.add(0);
  egress.wantsToSend(sending(1, 3), 1);
  egress.reset(7, 5, true);
  egress.maxStreams(99);
  egress.goaway(4);
  const kinds = fill({ ack: true }).log.map((line) => line.split(" ")[0]);
  expect(kinds).toEqual(["ack", "goaway", "max", "reset", "data"]);
});

test("streams take turns, one piece each: bulk never starves a small call", () => {
  const { egress, fill } = bench();
  egress.wantsToSend(sending(1, 100_000), 1);
  egress.wantsToSend(sending(3, 5), 1);
  egress.wantsToSend(sending(5, 5), 1);
  expect(pieces(fill().log)).toEqual(["1@0+1151"]);
  expect(pieces(fill().log)).toEqual(["3@0+11", "5@0+11", "1@1151+1121"]);
});

test("many small messages share a packet", () => {
  const { egress, fill } = bench();
  for (let id = 1; id < 81; id += 2) egress.wantsToSend(sending(id, 4), 1);
  expect(pieces(fill().log)).toHaveLength(40);
  expect(egress.hasWork()).toBe(false);
});

test("data waits while the window is closed, control does not", () => {
  const { egress, fill } = bench();
  egress.wantsToSend(sending(1, 3), 1);
  egress.maxStreams(99);
  expect(fill({ streams: false }).log).toEqual(["max streams 99"]);
  expect(egress.hasWork()).toBe(true);
  expect(pieces(fill().log)).toEqual(["1@0+9"]);
});

test("what comes in bulk beside data has a share of the packets, and what data leaves", () => {
  const { egress, fill } = bench();
  for (let i = 0; i < 5_000; i++) {
    egress.background({
      maxBytes: 300,
      write: (out) => {
        out.u8(FrameType.maxStreams);
        out.varint(i);
      },
      onLost: () => {},
    });
  }
  egress.wantsToSend(sending(1, 100_000), 1);
  expect(fill({ streams: false }).length).toBe(0);
  const full = Array.from({ length: 8 }, () =>
    fill().log.filter((line) => line.startsWith("data")),
  );
  expect(full.filter((data) => data.join().length > 3_000)).toHaveLength(6);
  const small = bench();
  small.egress.ping();
  small.fill();
  small.egress.background({
    maxBytes: 20,
    write: (out) => out.raw(Uint8Array.of(FrameType.maxStreams, 1)),
    onLost: () => {},
  });
  small.egress.wantsToSend(sending(1, 5), 1);
  expect(small.fill().log).toHaveLength(2);
  expect(small.egress.hasWork()).toBe(false);
});

test("what does not fit goes into the next packet", () => {
  const { egress, fill } = bench();
  for (let id = 0; id < 200; id += 2) egress.reset(id, 70_000, false);
  const first = fill({ room: 300 }).log;
  const rest = fill().log;
  expect(first.length).toBeGreaterThan(10);
  expect([...first, ...rest]).toHaveLength(100);
  expect(new Set([...first, ...rest]).size).toBe(100);
});

test("a message that must stay whole waits for its packet, while others fill this one", () => {
  const { egress, fill } = bench();
  const { host } = recordingHost();
  const whole = new Stream(host, {
    id: 5,
    sendLimit: 1e6,
    protocol: 1,
    reliability: "fire-and-forget",
  });
  whole.send(pattern(500));
  egress.wantsToSend(sending(1, 700), 1);
  egress.wantsToSend(whole, 1);
  egress.wantsToSend(sending(3, 2_000), 1);
  const kinds = (log: readonly string[]): string[] =>
    log.map((line) => line.split(" ").slice(0, 2).join(" "));
  expect(kinds(fill().log)).toEqual(["data 1", "data 3"]);
  expect(kinds(fill().log)).toEqual(["datagram 5", "data 3"]);
});

test("a stream that ended meanwhile has nothing more to say", () => {
  const { egress, fill } = bench();
  const stream = sending(1, 3);
  const other = incomingStream(2);
  egress.wantsToSend(stream, 1);
  egress.wantsCredit(other);
  stream.reset(1);
  other.reset(1);
  expect(fill()).toMatchObject({ length: 0, eliciting: false });
});

test("only the newest limit of a stream is announced, once", () => {
  const { egress, fill } = bench();
  const stream = incomingStream(2);
  egress.wantsCredit(stream);
  egress.wantsCredit(stream);
  expect(fill().log).toEqual(["max data 2 1024"]);
  expect(fill().length).toBe(0);
});

describe("after a loss", () => {
  const lose = ({ frames }: Payload): void => {
    for (const frame of frames) frame.onLost();
  };

  test("control is said again", () => {
    const { egress, fill } = bench();
    egress.reset(7, 5, true);
    egress.maxStreams(99);
    egress.goaway(4);
    egress.wantsCredit(incomingStream(2));
    const first = fill();
    expect(first.log).toHaveLength(4);
    lose(first);
    expect(fill().log.toSorted()).toEqual(first.log.toSorted());
  });

  test("an older stream count does not undo a newer one", () => {
    const { egress, fill } = bench();
    egress.maxStreams(50);
    const old = fill();
    egress.maxStreams(60);
    lose(old);
    expect(fill().log).toEqual(["max streams 60"]);
  });

  test("a goaway that only asked does not undo one that refuses", () => {
    const { egress, fill } = bench();
    egress.goaway(Number.MAX_SAFE_INTEGER);
    const asking = fill();
    egress.goaway(3);
    lose(asking);
    expect(fill().log).toEqual(["goaway 3"]);
  });

  test("a ping is not said again: its question was answered by the loss itself", () => {
    const { egress, fill } = bench();
    egress.ping();
    lose(fill());
    expect(egress.hasWork()).toBe(false);
  });

  test("data is sent again, the ACK is not", () => {
    const { egress, received, fill } = bench();
    received.add(0);
    const { host } = recordingHost({ wantsToSend: (lost) => egress.wantsToSend(lost, 0) });
    const stream = new Stream(host, { id: 1, sendLimit: 1e6, protocol: 1 });
    stream.send(pattern(3));
    const first = fill({ ack: true });
    lose(first);
    expect(fill().log).toEqual(first.log.slice(1));
  });
});

test("once the peer has an ACK, what lay below is no longer reported", () => {
  const { egress, received, fill } = bench();
  for (const number of [0, 4, 9]) received.add(number);
  egress.ping();
  const { frames, log } = fill({ ack: true });
  expect(log).toEqual(["ack 9 9-9 4-4 0-0"]);
  for (const frame of frames) frame.onAcked();
  expect(fill({ ack: true }).log).toEqual(["ack 9 9-9"]);
});

test("resets that wait are counted until they leave", () => {
  const { egress, fill } = bench();
  for (let id = 0; id < 6; id += 2) egress.reset(id, 1, false);
  expect(egress.waitingResets("initiator")).toBe(3);
  const { frames } = fill();
  expect(egress.waitingResets("initiator")).toBe(0);
  for (const frame of frames) frame.onLost();
  expect(egress.waitingResets("initiator")).toBe(3);
});

test("a reset of which several copies are lost waits once, and not at all when one has arrived", () => {
  const { egress, fill } = bench();
  egress.reset(6, 5, false);
  const copies = [fill()];
  // A probe says it again while the first copy is still under way.
  for (const frame of copies[0]?.frames ?? []) frame.onLost();
  copies.push(fill());
  for (const { frames } of copies) for (const frame of frames) frame.onLost();
  expect(egress.waitingResets("initiator")).toBe(1);
  const last = fill();
  for (const frame of last.frames) frame.onAcked();
  for (const { frames } of copies) for (const frame of frames) frame.onLost();
  expect(egress.waitingResets("initiator")).toBe(0);
});
