import fc from "fast-check";
import { expect, test } from "vitest";

import { ByteReader, ByteWriter } from "../src/packet/bytes-io.ts";
import {
  MAX_ACK_RANGES,
  type PacketRange,
  readAck,
  ReceivedPackets,
} from "../src/recovery/received-packets.ts";

/** Runs of a set of numbers, highest first. */
function runsOf(numbers: ReadonlySet<number>): PacketRange[] {
  const runs: PacketRange[] = [];
  for (const number of [...numbers].toSorted((a, b) => b - a)) {
    const below = runs.at(-1);
    if (below !== undefined && below.first === number + 1) below.first = number;
    else runs.push({ first: number, last: number });
  }
  return runs;
}

/** Packet numbers as a lossy, reordering network delivers them: mostly ascending, with holes. */
const arrivals = fc
  .array(fc.tuple(fc.nat(4), fc.integer({ min: -6, max: 3 })), { maxLength: 200 })
  .map((steps) => {
    let at = 0;
    return steps.map(([forward, offset]) => {
      at += forward;
      return Math.max(0, at + offset);
    });
  });

function reported(packets: ReceivedPackets, room: number): readonly PacketRange[] | undefined {
  const writer = new ByteWriter(new Uint8Array(1_200));
  if (packets.writeAck(writer, room, 0, 0) < 0) return undefined;
  expect(writer.at).toBeLessThanOrEqual(room);
  return readAck(new ByteReader(writer.bytes, 1, writer.at)).ranges;
}

test("an ACK reports what arrived, in whatever order, as long as few gaps are open", () => {
  fc.assert(
    fc.property(arrivals, (numbers) => {
      const packets = new ReceivedPackets();
      const seen = new Set<number>();
      let forgot = false;
      for (const number of numbers) {
        packets.add(number);
        seen.add(number);
        forgot ||= runsOf(seen).length > MAX_ACK_RANGES;
      }
      const ranges = reported(packets, 1_200) ?? [];
      const expected = runsOf(seen);
      if (!forgot) expect(ranges).toEqual(expected);
      // With more gaps than are kept some arrivals are kept back, yet nothing is made up.
      for (const { first, last } of ranges) {
        for (let number = first; number <= last; number++) expect(seen.has(number)).toBe(true);
      }
      expect(packets.largest).toBe(expected[0]?.last ?? -1);
    }),
  );
});

test("with less room an ACK reports a prefix of the same ranges", () => {
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 0, max: 120 }), (numbers, room) => {
      const packets = new ReceivedPackets();
      for (const number of numbers) packets.add(number);
      const all = reported(packets, 1_200) ?? [];
      const some = reported(packets, room) ?? [];
      expect(some).toEqual(all.slice(0, some.length));
    }),
  );
});

test("ranges of any numbers up to 2^53 survive the wire", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.maxSafeNat(), { minLength: 1, maxLength: 30 }), (numbers) => {
      const packets = new ReceivedPackets();
      for (const number of numbers) packets.add(number);
      expect(reported(packets, 1_200)).toEqual(runsOf(new Set(numbers)));
    }),
  );
});
