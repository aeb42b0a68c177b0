import fc from "fast-check";
import { expect, test } from "vitest";

import {
  cleanTracestate,
  formatTraceparent,
  parseTraceparent,
  readTraceContext,
} from "../src/observability/trace-context.ts";

const DIGITS: readonly string[] = "0123456789abcdef".split("");
const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: fc.constantFrom(...DIGITS), minLength: length, maxLength: length })
    .filter((text) => !/^0+$/.test(text));
const traceparent = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  flags: fc.integer({ min: 0, max: 3 }),
});
/** Near enough to what is meant that all branches are met. */
const nearly = fc.string({
  unit: fc.constantFrom("a", "b", "0", "A", "=", ",", " ", "\t", "@", "-", "\n", "ä", "\ud800"),
  maxLength: 700,
});

test("what is written is read as it was", () => {
  fc.assert(
    fc.property(traceparent, (parent) => {
      expect(parseTraceparent(formatTraceparent(parent))).toEqual(parent);
    }),
  );
});

test("nothing that comes over the wire throws, and what is taken of it is taken again", () => {
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string({ unit: "binary" })), nearly, (parent, state) => {
      const read = readTraceContext(parent, state);
      expect(readTraceContext(read.traceparent, read.tracestate)).toEqual(read);
      const cleaned = cleanTracestate(state);
      if (cleaned === undefined) return;
      expect(cleaned.length).toBeLessThanOrEqual(512);
      expect(cleanTracestate(cleaned)).toBe(cleaned);
    }),
    { numRuns: 500 },
  );
});
