import { describe, expect, test } from "vitest";

import type { AckFrame } from "../src/recovery/received-packets.ts";
import { Recovery } from "../src/session/recovery.ts";

/** A path of 20 ms whose peer holds ACKs back for up to 5 ms. */
function bench(peerBudgetBytes = 1e6): {
  readonly recovery: Recovery;
  readonly log: string[];
  send(number: number, now: number, bytes?: number): void;
} {
  const recovery = new Recovery({
    handshakeRttMs: 20,
    peerMaxAckDelayMs: 5,
    peerBudgetBytes,
    loopDelayMs: () => 0,
  });
  const log: string[] = [];
  return {
    recovery,
    log,
    send: (number, now, bytes = 1_200) =>
      recovery.onSent(number, now, bytes, [
        { onAcked: () => log.push(`acked ${number}`), onLost: () => log.push(`lost ${number}`) },
      ]),
  };
}

const ack = (first: number, last = first, ackDelayMs = 0): AckFrame => ({
  largest: last,
  ackDelayMs,
  loopDelayMs: 0,
  ranges: [{ first, last }],
});

test("frames hear of the acknowledgement of their packet, once", () => {
  const { recovery, log, send } = bench();
  send(0, 0);
  expect(recovery.onAck(ack(0), 20)).toBe(true);
  expect(recovery.onAck(ack(0), 21)).toBe(false);
  expect(log).toEqual(["acked 0"]);
  expect(recovery.outstanding).toBe(0);
});

test("frames hear of the loss of their packet, and it is counted", () => {
  const { recovery, log, send } = bench();
  for (let number = 0; number < 4; number++) send(number, number);
  recovery.onAck(ack(3), 24);
  recovery.detectLost(24);
  expect(log).toEqual(["acked 3", "lost 0"]);
  expect(recovery.lostPackets).toBe(1);
});

test("a loss by time is due when its time is up", () => {
  const { recovery, log, send } = bench();
  send(0, 0);
  send(1, 1);
  recovery.onAck(ack(1), 21);
  recovery.detectLost(21);
  const dueAt = recovery.nextAt()!;
  expect(dueAt).toBe(22.5);
  recovery.detectLost(dueAt - 0.1);
  expect(log).toEqual(["acked 1"]);
  recovery.detectLost(dueAt);
  expect(log).toEqual(["acked 1", "lost 0"]);
});

describe("the probe timeout", () => {
  test("is not due while nothing is in flight", () => {
    const { recovery } = bench();
    expect([recovery.nextAt(), recovery.isPtoDue(1e9)]).toEqual([undefined, false]);
  });

  test("doubles from probe to probe up to two seconds, and starts anew with progress", () => {
    const { recovery, send } = bench();
    const pto = recovery.ptoMs;
    send(0, 0);
    const waits: number[] = [];
    for (let now = 0, i = 0; i < 8; i++) {
      const at = recovery.nextAt()!;
      expect(recovery.isPtoDue(at - 0.01)).toBe(false);
      expect(recovery.isPtoDue(at)).toBe(true);
      waits.push(at - now);
      recovery.onPto(at);
      now = at;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128].map((n) => Math.min(2_000, n * pto)));
    send(1, 10_000);
    send(2, 10_000);
    recovery.onAck(ack(1), 10_020);
    recovery.detectLost(10_020);
    expect(recovery.nextAt()).toBe(10_000 + recovery.ptoMs);
  });

  test("counts on an acknowledgement that is held back for a lone packet only", () => {
    const { recovery, send } = bench();
    send(0, 0);
    expect(recovery.nextAt()).toBe(recovery.ptoMs);
    send(1, 0);
    expect(recovery.nextAt()).toBe(recovery.ptoMs - 5);
    recovery.onAck(ack(0), 20);
    recovery.detectLost(20);
    expect(recovery.nextAt()).toBe(recovery.ptoMs);
  });

  test("says again what waits longest, without taking it for lost", () => {
    const { recovery, log, send } = bench();
    recovery.requeueOldest(2);
    for (const number of [0, 1, 2]) send(number, number);
    recovery.requeueOldest(2);
    expect(log).toEqual(["lost 0", "lost 1"]);
    expect([recovery.outstanding, recovery.lostPackets]).toEqual([3, 0]);
  });

  test("is no verdict on a size that was tried", () => {
    const { recovery } = bench();
    const onLost = (): never => {
      throw new Error("taken for lost");
    };
    recovery.onSent(0, 0, 9_000, [{ onAcked: () => {}, onLost }], true);
    recovery.requeueOldest(1);
    expect(recovery.outstanding).toBe(1);
  });

  test("is measured by the newest packet alone, less what the peer admits to have held back", () => {
    const { recovery, send } = bench();
    for (const [number, now] of [0, 0, 30].entries()) send(number, now);
    recovery.onAck(ack(0), 20);
    recovery.onAck(ack(1, 2, 4), 54);
    expect(recovery.smoothedRttMs).toBe(20);
    send(3, 60);
    send(4, 60);
    // Not the newest packet: says nothing about the path.
    recovery.onAck({ ...ack(3), largest: 4 }, 1_000);
    expect(recovery.smoothedRttMs).toBe(20);
  });

  test("an admission beyond what was agreed is cut", () => {
    const { recovery, send } = bench();
    send(0, 0);
    send(1, 0);
    recovery.onAck(ack(0), 20);
    recovery.onAck(ack(1, 1, 500), 100);
    expect(recovery.smoothedRttMs).toBe(0.875 * 20 + 0.125 * 95);
  });

  test("is not measured by packets whose answer waited for us", () => {
    const { recovery, send } = bench();
    send(0, 0);
    recovery.onAck(ack(0), 20);
    send(1, 100);
    recovery.onOwnStall(700);
    recovery.onAck(ack(1), 700);
    expect(recovery.smoothedRttMs).toBe(20);
    send(2, 700);
    recovery.onAck(ack(2), 780);
    expect(recovery.smoothedRttMs).toBeGreaterThan(20);
  });
});

describe("bytes in flight", () => {
  test("stay within the congestion window", () => {
    const { recovery, send } = bench();
    let sent = 0;
    while (recovery.mayStart()) send(sent++, 0);
    expect(sent).toBe(10);
  });

  test("stay within the peer's budget, however wide the window", () => {
    const { recovery, send } = bench(5_000);
    let sent = 0;
    while (recovery.mayStart()) send(sent++, 0);
    expect(sent).toBe(4);
  });

  test("count small packets like large ones: a socket buffer does so too", () => {
    const { recovery, send } = bench(5_000);
    let sent = 0;
    while (recovery.mayStart()) send(sent++, 0, 40);
    expect(sent).toBe(4);
  });

  test("never forbid the only packet", () => {
    const { recovery } = bench(1);
    expect(recovery.mayStart()).toBe(true);
  });
});

test("loss over a time as long as persistent congestion shrinks the window to its minimum", () => {
  const { recovery, send } = bench();
  const before = recovery.windowBytes;
  for (const [number, now] of [0, 300, 600, 900, 901, 902, 903].entries()) send(number, now);
  recovery.onAck(ack(6), 925);
  recovery.detectLost(925);
  expect(before).toBe(12_000);
  expect(recovery.windowBytes).toBe(2_400);
});

test("loss of a short burst only halves it", () => {
  const { recovery, send } = bench();
  for (let number = 0; number < 7; number++) send(number, number);
  recovery.onAck(ack(6), 26);
  recovery.detectLost(26);
  expect(recovery.windowBytes).toBe(6_000);
});

test("cleared, nothing is due and nobody is told", () => {
  const { recovery, log, send } = bench();
  send(0, 0);
  recovery.clear();
  expect([recovery.nextAt(), recovery.outstanding, log]).toEqual([undefined, 0, []]);
});

test("small packets that arrive say nothing about large ones, however much they count", () => {
  const recovery = new Recovery({
    handshakeRttMs: 20,
    peerMaxAckDelayMs: 5,
    peerBudgetBytes: 100_000,
    loopDelayMs: () => 0,
  });
  recovery.onSent(0, 0, 60, []);
  const ack = { largest: 0, ackDelayMs: 0, loopDelayMs: 0, ranges: [{ first: 0, last: 0 }] };
  expect(recovery.onAck(ack, 20)).toBe(true);
  expect(recovery.ackedBytes).toBe(60);
});
