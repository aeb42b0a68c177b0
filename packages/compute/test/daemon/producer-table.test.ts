import type { OriginHash } from "@selvage/identity";
import { describe, expect, test } from "vitest";

import { type EventIdentity, ProducerTable } from "../../src/daemon/producer-table.ts";
import { ByteReader } from "../../src/wire/byte-reader.ts";
import { ByteWriter } from "../../src/wire/byte-writer.ts";
import { kindOf } from "../kind-of.ts";

const LIMITS = { maxProducers: 2, maxOutcomesPerProducer: 3, maxOutcomeBytes: 1_000 };

const a = "aa".padEnd(32, "0") as OriginHash;
const b = "bb".padEnd(32, "0") as OriginHash;
const c = "cc".padEnd(32, "0") as OriginHash;

function event(producer: OriginHash, sequence: number, incarnation = 1): EventIdentity {
  return { producer, incarnation, sequence };
}

/** A table to which these events were applied, one after the other. */
function tableOf(...events: readonly EventIdentity[]): ProducerTable {
  const table = new ProducerTable(LIMITS);
  for (const [i, each] of events.entries()) table.record(each, { index: i + 1, outputs: [] });
  return table;
}

describe("an event", () => {
  test("that was applied is answered with what came of it", () => {
    const table = tableOf(event(a, 1), event(b, 1), event(a, 2));
    expect(table.find(event(a, 1))?.index).toBe(1);
    expect(table.find(event(b, 1))?.index).toBe(2);
    expect(table.find(event(a, 2))?.index).toBe(3);
  });

  test("that comes late, after later ones, is not taken for applied", () => {
    const table = tableOf(event(a, 5));
    expect(table.find(event(a, 3))).toBeUndefined();
    table.record(event(a, 3), { index: 2, outputs: [] });
    expect(table.find(event(a, 3))?.index).toBe(2);
    expect(table.find(event(a, 4))).toBeUndefined();
  });

  test("older than what is remembered is refused, since it may have been applied", () => {
    const table = tableOf(event(a, 1), event(a, 2), event(a, 3), event(a, 4));
    expect(kindOf(() => table.find(event(a, 1)))).toBe("outcome-expired");
    expect(table.find(event(a, 2))?.index).toBe(2);
    expect(table.find(event(a, 5))).toBeUndefined();
  });

  test("below the floor is still answered if it is remembered", () => {
    // 9 is applied first and forgotten first.
    const table = tableOf(event(a, 9), event(a, 1), event(a, 2), event(a, 3));
    expect(table.find(event(a, 1))?.index).toBe(2);
    expect(kindOf(() => table.find(event(a, 9)))).toBe("outcome-expired");
    expect(kindOf(() => table.find(event(a, 8)))).toBe("outcome-expired");
    expect(table.find(event(a, 10))).toBeUndefined();
  });

  test("of an older incarnation is refused once a newer one was applied", () => {
    const table = tableOf(event(a, 7, 1));
    expect(table.find(event(a, 1, 2))).toBeUndefined();
    expect(table.find(event(a, 7, 1))?.index).toBe(1);
    table.record(event(a, 1, 2), { index: 2, outputs: [] });
    expect(kindOf(() => table.find(event(a, 7, 1)))).toBe("stale-incarnation");
    expect(kindOf(() => table.find(event(a, 8, 1)))).toBe("stale-incarnation");
    expect(table.find(event(a, 7, 2))).toBeUndefined();
  });
});

describe("a forgotten producer", () => {
  test("is the one that was not heard for longest, and is refused with all that it says", () => {
    const table = tableOf(event(a, 1), event(b, 1), event(a, 2), event(c, 1));
    expect(kindOf(() => table.find(event(b, 1)))).toBe("producer-expired");
    expect(kindOf(() => table.find(event(b, 2)))).toBe("producer-expired");
    expect(table.find(event(a, 2))?.index).toBe(3);
    expect(table.stats()).toMatchObject({ producers: 2, expiredProducers: 1, outcomes: 3 });
  });

  test("may come back as a newer incarnation", () => {
    const table = tableOf(event(b, 1, 5), event(a, 1), event(c, 1));
    expect(kindOf(() => table.find(event(b, 1, 5)))).toBe("producer-expired");
    expect(table.find(event(b, 1, 6))).toBeUndefined();
  });

  test("with a wrong clock shuts nobody out but those of its bucket", () => {
    const table = tableOf(event(a, 1, Number.MAX_SAFE_INTEGER), event(b, 1), event(c, 1));
    const other = "ab".padEnd(32, "0") as OriginHash;
    const neighbour = "aa".padEnd(32, "1") as OriginHash;
    expect(table.find(event(other, 1))).toBeUndefined();
    expect(kindOf(() => table.find(event(neighbour, 1)))).toBe("producer-expired");
  });
});

test("outcomes are bounded by their bytes, the oldest of all producers going first", () => {
  const table = new ProducerTable({ ...LIMITS, maxOutcomeBytes: 60 });
  const events = [event(a, 1), event(b, 1), event(a, 2), event(b, 2)];
  for (const [i, each] of events.entries()) table.record(each, { index: i + 1, outputs: [] });
  expect(table.stats()).toMatchObject({ outcomes: 3, outcomeBytes: 60, expiredOutcomes: 1 });
  expect(kindOf(() => table.find(event(a, 1)))).toBe("outcome-expired");
  expect(table.find(event(b, 1))?.index).toBe(2);
});

describe("the bytes of a table", () => {
  const decode = (write: (writer: ByteWriter) => void, lastIndex = 9): ProducerTable => {
    const writer = new ByteWriter();
    write(writer);
    const reader = new ByteReader("bad-snapshot", writer.finish());
    return ProducerTable.decode(reader, lastIndex, LIMITS);
  };
  const id = new Uint8Array(16);

  test("are refused with an index that was never given out, or given out twice", () => {
    const withIndices = (first: number, second: number) => (writer: ByteWriter) => {
      writer.u32(0).u32(1).bytes(id).count(1).count(0).u32(2);
      writer.count(1).count(first).u32(0).count(2).count(second).u32(0);
    };
    expect(decode(withIndices(1, 2)).stats().outcomes).toBe(2);
    expect(kindOf(() => decode(withIndices(1, 10)))).toBe("bad-snapshot: inconsistent");
    expect(kindOf(() => decode(withIndices(0, 1)))).toBe("bad-snapshot: inconsistent");
    expect(kindOf(() => decode(withIndices(1, 1)))).toBe("bad-snapshot: inconsistent");
  });

  test("are refused with a producer, floor or sequence that comes twice", () => {
    const twoProducers = (writer: ByteWriter): void => {
      writer.u32(0).u32(2);
      for (let i = 0; i < 2; i++) writer.bytes(id).count(1).count(0).u32(0);
    };
    expect(kindOf(() => decode(twoProducers))).toBe("bad-snapshot: inconsistent");
    const twoFloors = (writer: ByteWriter): void => {
      writer.u32(2).u8(1).count(1).u8(1).count(2).u32(0);
    };
    expect(kindOf(() => decode(twoFloors))).toBe("bad-snapshot: inconsistent");
    const twoSequences = (writer: ByteWriter): void => {
      writer.u32(0).u32(1).bytes(id).count(1).count(0).u32(2);
      writer.count(1).count(1).u32(0).count(1).count(2).u32(0);
    };
    expect(kindOf(() => decode(twoSequences))).toBe("bad-snapshot: inconsistent");
  });

  test("are refused with more items than bytes, before room is made for them", () => {
    expect(kindOf(() => decode((writer) => writer.u32(0).u32(60_000)))).toBe(
      "bad-snapshot: truncated",
    );
    expect(kindOf(() => decode((writer) => writer.u32(0).u32(0xffff_ffff)))).toBe(
      "bad-snapshot: limit",
    );
  });

  test("of a larger table are cut down by age, over all producers", () => {
    const large = new ProducerTable({ ...LIMITS, maxOutcomeBytes: 9_999 });
    // Producer b is heard last, yet has the oldest outcome.
    const events = [event(b, 1), event(a, 1), event(a, 2), event(b, 2)];
    for (const [i, each] of events.entries()) large.record(each, { index: i + 1, outputs: [] });
    const writer = new ByteWriter();
    large.encode(writer);
    const reader = new ByteReader("bad-snapshot", writer.finish());
    const table = ProducerTable.decode(reader, 4, { ...LIMITS, maxOutcomeBytes: 60 });
    expect(kindOf(() => table.find(event(b, 1)))).toBe("outcome-expired");
    expect(table.find(event(a, 1))?.index).toBe(2);
    expect(table.find(event(b, 2))?.index).toBe(4);
  });

  test("of a larger table are cut down to what there is room for, and nothing more is believed", () => {
    const large = new ProducerTable({ ...LIMITS, maxProducers: 9, maxOutcomesPerProducer: 9 });
    const events = [event(b, 1), ...[1, 2, 3, 4, 5].map((n) => event(a, n)), event(c, 1)];
    for (const [i, each] of events.entries()) large.record(each, { index: i + 1, outputs: [] });
    const table = decode((writer) => large.encode(writer));
    expect(table.stats()).toMatchObject({ producers: 2, outcomes: 4 });
    expect(kindOf(() => table.find(event(b, 1)))).toBe("producer-expired");
    expect(kindOf(() => table.find(event(a, 2)))).toBe("outcome-expired");
    expect(table.find(event(a, 3))?.index).toBe(4);
  });
});
