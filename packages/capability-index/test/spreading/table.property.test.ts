import { fromHex, type NodeId, toHex } from "@selvage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compareRange, readRange, writeRange } from "../../src/spreading/table-range.ts";
import { isOutline, type TableItem, TableSnapshot } from "../../src/spreading/table-snapshot.ts";
import {
  decodeTableOutline,
  decodeTableRange,
  encodeTableOutline,
  encodeTableRange,
} from "../../src/wire/feed.gen.ts";

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const item: fc.Arbitrary<TableItem> = fc.record({
  nodeId: bytes(16).map((id) => toHex(id) as NodeId),
  version: fc.integer({ min: 1, max: 5 }),
  digest: bytes(8),
});
const table = fc.uniqueArray(item, { selector: ({ nodeId }) => nodeId, maxLength: 60 });

/** Two tables that have a part in common. */
const tables = fc
  .tuple(table, table, table)
  .map(([common, ours, theirs]) => [join(ours, common), join(theirs, common)] as const);

const join = (items: readonly TableItem[], common: readonly TableItem[]): TableItem[] => [
  ...new Map([...common, ...items].map((one) => [one.nodeId, one])).values(),
];

/** What a sync exchanges, over the wire, in both directions. */
function sync(
  ours: readonly TableItem[],
  theirs: readonly TableItem[],
): { readonly push: Set<NodeId>; readonly want: Set<NodeId> } {
  const push = new Set<NodeId>();
  const want = new Set<NodeId>();
  const here = new TableSnapshot(ours);
  const outline = decodeTableOutline(encodeTableOutline(here.outline()));
  expect(isOutline(outline)).toBe(true);
  for (const part of new TableSnapshot(theirs).differing(outline)) {
    if (part.isEmptyThere) for (const { nodeId } of part.items) want.add(nodeId);
    else {
      for (const message of writeRange(part.items, part.range)) {
        const read = readRange(decodeTableRange(encodeTableRange(message)));
        if (read === undefined) throw new Error("a range cannot be read");
        const difference = compareRange(here.within(read.range), read.items);
        for (const nodeId of difference.push) push.add(nodeId);
        for (const nodeId of difference.want) want.add(nodeId);
        for (const { nodeId } of difference.foreign) want.add(nodeId);
      }
    }
  }
  return { push, want };
}

/** What a sync should exchange, found by looking at every item. */
function naive(
  ours: readonly TableItem[],
  theirs: readonly TableItem[],
): { readonly push: Set<NodeId>; readonly want: Set<NodeId> } {
  const lackedBy = (a: readonly TableItem[], b: readonly TableItem[]): NodeId[] =>
    b
      .filter(({ nodeId, version, digest }) => {
        const other = a.find((one) => one.nodeId === nodeId);
        const isSame = other !== undefined && toHex(other.digest) === toHex(digest);
        return !isSame && (other === undefined || version >= other.version);
      })
      .map(({ nodeId }) => nodeId);
  return { push: new Set(lackedBy(theirs, ours)), want: new Set(lackedBy(ours, theirs)) };
}

describe("a sync", () => {
  test("exchanges what one lacks, or knows an older version of, and nothing else", () => {
    fc.assert(
      fc.property(tables, ([ours, theirs]) => {
        expect(sync(ours, theirs)).toEqual(naive(ours, theirs));
      }),
    );
  });

  test("of equal tables finds nothing to look at", () => {
    fc.assert(
      fc.property(table, (items) => {
        const outline = new TableSnapshot(items).outline();
        expect(new TableSnapshot(items.toReversed()).differing(outline)).toEqual([]);
      }),
    );
  });

  test("of large tables splits what is listed, and leaves no gap between the pieces", () => {
    const items = Array.from({ length: 1_300 }, (_, i) => ({
      nodeId: `00${i.toString(16).padStart(30, "0")}` as NodeId,
      version: 1,
      digest: new Uint8Array(8).fill(1),
    }));
    const range = { from: "0".repeat(32), before: `01${"0".repeat(30)}` };
    const messages = writeRange(items, range);
    expect(messages.map((message) => message.items.length)).toEqual([512, 512, 276]);
    const bounds = messages.map(({ from, before }) => [toHex(from), toHex(before)]);
    expect(bounds[0]?.[0]).toBe(range.from);
    expect(bounds[1]?.[0]).toBe(bounds[0]?.[1]);
    expect(bounds[2]?.[0]).toBe(bounds[1]?.[1]);
    expect(bounds[2]?.[1]).toBe(range.before);
    expect(new TableSnapshot(items).outline().bits).toBe(8);
  });
});

test.each([
  ["a bound that is no node id", { from: new Uint8Array(3), before: new Uint8Array(0), items: [] }],
  ["an end that is no node id", { from: new Uint8Array(16), before: new Uint8Array(3), items: [] }],
  [
    "an item without a node id",
    {
      from: new Uint8Array(16),
      before: new Uint8Array(0),
      items: [{ nodeId: new Uint8Array(0), version: 1, digest: new Uint8Array(8) }],
    },
  ],
  [
    "a digest of another length",
    {
      from: new Uint8Array(16),
      before: new Uint8Array(0),
      items: [{ nodeId: fromHex("ab".repeat(16)), version: 1, digest: new Uint8Array(7) }],
    },
  ],
])("a range with %s makes no sense", (_, range) => {
  expect(readRange(range)).toBeUndefined();
});

test.each([
  ["too coarse", { bits: 3, digests: new Uint8Array(64) }],
  ["too fine", { bits: 9, digests: new Uint8Array(4_096) }],
  ["cut short", { bits: 4, digests: new Uint8Array(127) }],
])("an outline that is %s makes no sense", (_, outline) => {
  expect(isOutline(outline)).toBe(false);
});
