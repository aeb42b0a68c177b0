import fc from "fast-check";
import { expect, test } from "vitest";

import { compareUtf8, hasLoneSurrogate, utf8Length } from "../src/text-order.ts";

/** Text with many characters around the surrogates, where UTF-16 and UTF-8 order differ. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}", "\u{10ffff}", "a", "é", "漢"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 6,
});

test("strings order as their UTF-8 bytes do", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 500 },
  );
});

test("lengths are those of the UTF-8 bytes", () => {
  fc.assert(
    fc.property(text, (a) => {
      expect(utf8Length(a)).toBe(Buffer.byteLength(a));
    }),
  );
});

test("half a surrogate pair is noticed, whole ones are not", () => {
  expect([hasLoneSurrogate("a\ud800"), hasLoneSurrogate("\udc00b")]).toEqual([true, true]);
  expect(hasLoneSurrogate("\u{1f600}")).toBe(false);
});
