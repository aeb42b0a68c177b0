import fc from "fast-check";
import { expect, test } from "vitest";

import { OffsetRanges } from "../src/stream/offset-ranges.ts";

const SPAN = 64;

/** Ranges as a set of single offsets. */
class Model {
  readonly offsets: Set<number> = new Set();

  add(from: number, to: number): void {
    for (let at = from; at < to; at++) this.offsets.add(at);
  }

  /** The end of the run that begins at `from`. */
  runFrom(from: number): number {
    let at = from;
    while (this.offsets.has(at)) at++;
    return at;
  }

  get first(): number | undefined {
    return this.offsets.size === 0 ? undefined : Math.min(...this.offsets);
  }
}

const range = fc
  .tuple(fc.nat(SPAN), fc.nat(12))
  .map(([from, length]) => [from, from + length] as const);
const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant("add" as const), range }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("take" as const), range }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("shift" as const), range }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("gap" as const), range }) },
);

test("behaves as a set of offsets", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      const ranges = new OffsetRanges();
      const model = new Model();
      for (const {
        type,
        range: [from, to],
      } of operations) {
        if (type === "add") {
          ranges.add(from, to);
          model.add(from, to);
        } else if (type === "take") {
          const expected = model.runFrom(from);
          expect(ranges.takeFrom(from)).toBe(expected);
          for (let at = 0; at < expected; at++) model.offsets.delete(at);
        } else if (type === "shift") {
          const { first } = model;
          const length = to - from + 1;
          const taken = ranges.shift(length);
          if (first === undefined) {
            expect(taken).toBeUndefined();
            continue;
          }
          const end = Math.min(model.runFrom(first), first + length);
          expect(taken).toEqual({ from: first, to: end });
          for (let at = first; at < end; at++) model.offsets.delete(at);
        } else {
          const gap = ranges.gapFrom(from, to);
          const start = model.runFrom(from);
          let end = start;
          while (end < to && !model.offsets.has(end)) end++;
          if (start < to) expect(gap).toEqual({ from: start, to: end });
          else expect([gap.from >= to, gap.to]).toEqual([true, to]);
        }
        expect(ranges.isEmpty).toBe(model.offsets.size === 0);
      }
    }),
    { numRuns: 500 },
  );
});
