import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { PACKET_THRESHOLD, type SentPacket, SentPackets } from "../src/recovery/sent-packets.ts";

/** Packets with these numbers, 10 ms apart, the first at 0 ms, 100 bytes each. */
function sent(...numbers: readonly number[]): SentPackets {
  const packets = new SentPackets();
  for (const [i, number] of numbers.entries()) {
    packets.add({ number, sentAt: 10 * i, bytes: 100, cost: 100, frames: [], isMtuProbe: false });
  }
  return packets;
}

const numbersOf = (packets: readonly { readonly number: number }[]): number[] =>
  packets.map(({ number }) => number);

describe("acknowledging", () => {
  test("gives what is newly acknowledged, highest first, once", () => {
    const packets = sent(0, 1, 2, 3);
    const ranges = [
      { first: 2, last: 3 },
      { first: 0, last: 0 },
    ];
    expect(numbersOf(packets.acknowledge(3, ranges))).toEqual([3, 2, 0]);
    expect(packets.acknowledge(3, ranges)).toEqual([]);
    expect([packets.count, packets.bytesInFlight, packets.largestAcked]).toEqual([1, 100, 3]);
    expect(numbersOf(packets.oldest(2))).toEqual([1]);
  });

  test("a range of absurd width costs no more than what is in flight", () => {
    const packets = sent(5, 9, 2 ** 40);
    const ranges = [{ first: 0, last: Number.MAX_SAFE_INTEGER }];
    expect(numbersOf(packets.acknowledge(2 ** 40, ranges)).toSorted((a, b) => a - b)).toEqual([
      5,
      9,
      2 ** 40,
    ]);
    expect(packets.bytesInFlight).toBe(0);
  });

  test("an older acknowledgement that comes late takes nothing back", () => {
    const packets = sent(0, 1, 2);
    packets.acknowledge(2, [{ first: 2, last: 2 }]);
    packets.acknowledge(1, [{ first: 1, last: 1 }]);
    expect(packets.largestAcked).toBe(2);
  });
});

describe("loss", () => {
  test("is three numbers below an acknowledged one, whatever the time", () => {
    const packets = sent(0, 1, 2, 3);
    packets.acknowledge(3, [{ first: 3, last: 3 }]);
    expect(numbersOf(packets.detectLost(30, 1_000).lost)).toEqual([0]);
    expect(packets.count).toBe(2);
  });

  test("is the loss delay below an acknowledged one, and the next such moment is told", () => {
    const packets = sent(0, 1, 2);
    packets.acknowledge(2, [{ first: 2, last: 2 }]);
    expect(packets.detectLost(20, 25)).toMatchObject({ lost: [], nextLossAt: 25 });
    const later = packets.detectLost(25, 25);
    expect([numbersOf(later.lost), later.nextLossAt]).toEqual([[0], 35]);
  });

  test("never is what nothing above was acknowledged of", () => {
    const packets = sent(0, 1, 2);
    expect(packets.detectLost(1e9, 1)).toMatchObject({ lost: [], nextLossAt: undefined });
    packets.acknowledge(1, [{ first: 1, last: 1 }]);
    expect(numbersOf(packets.detectLost(1e9, 1).lost)).toEqual([0]);
    expect(packets.count).toBe(1);
  });
});

describe("the longest run of losses", () => {
  const longestRunMs = (acked: readonly number[]): number => {
    const packets = sent(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    for (const number of acked) packets.acknowledge(number, [{ first: number, last: number }]);
    return packets.detectLost(1e9, 1).longestRunMs;
  };

  test("goes from the first to the last of packets that were all lost", () => {
    expect(longestRunMs([9])).toBe(80);
  });

  test("is cut by every packet that arrived", () => {
    expect(longestRunMs([6, 9])).toBe(50);
    expect(longestRunMs([0, 2, 4, 6, 8, 9])).toBe(0);
  });

  test("is cut by a packet that is not lost yet", () => {
    const packets = sent(0, 1, 2, 3, 4);
    packets.acknowledge(4, [{ first: 4, last: 4 }]);
    expect(packets.detectLost(39, 1_000).longestRunMs).toBe(10);
  });
});

test("a cleared table has nothing in flight and tells nobody", () => {
  let told = 0;
  const frame = { onAcked: () => told++, onLost: () => told++ };
  const packets = new SentPackets();
  packets.add({ number: 0, sentAt: 0, bytes: 100, cost: 100, frames: [frame], isMtuProbe: false });
  packets.clear();
  expect([packets.count, packets.bytesInFlight, packets.oldest(1), told]).toEqual([0, 0, [], 0]);
});

test("answers as a plain list of packets would, whatever is acknowledged or lost when", () => {
  const step = fc.record({
    send: fc.boolean(),
    number: fc.nat(400),
    width: fc.nat(30),
    delay: fc.nat(40),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const packets = new SentPackets();
      let model: SentPacket[] = [];
      let largest = -1;
      let next = 0;
      for (const [now, { send, number, width, delay }] of steps.entries()) {
        if (send || next === 0) {
          next += 1 + (width % 3);
          const packet = {
            number: next,
            sentAt: now,
            bytes: 100 + width,
            cost: 100 + width,
            frames: [],
            isMtuProbe: false,
          };
          packets.add(packet);
          model.push(packet);
          continue;
        }
        const last = Math.min(next, number);
        const range = { first: Math.max(0, last - width), last };
        const isIn = (packet: SentPacket): boolean =>
          packet.number >= range.first && packet.number <= range.last;
        largest = Math.max(largest, last);
        const acked = numbersOf(packets.acknowledge(last, [range]));
        expect(acked).toEqual(numbersOf(model.filter(isIn)).toReversed());
        model = model.filter((packet) => !isIn(packet));

        const isLost = (packet: SentPacket): boolean =>
          packet.number <= largest &&
          (packet.number <= largest - PACKET_THRESHOLD || packet.sentAt + delay <= now);
        const { lost, nextLossAt } = packets.detectLost(now, delay);
        expect(numbersOf(lost)).toEqual(numbersOf(model.filter(isLost)));
        model = model.filter((packet) => !isLost(packet));
        const waiting = model.find((packet) => packet.number <= largest);
        expect(nextLossAt).toBe(waiting && waiting.sentAt + delay);

        expect(packets.count).toBe(model.length);
        expect(packets.oldest(3)).toEqual(model.slice(0, 3));
        expect(packets.bytesInFlight).toBe(model.reduce((sum, { cost }) => sum + cost, 0));
      }
    }),
  );
});
