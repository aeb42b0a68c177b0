import fc from "fast-check";
import { expect, test } from "vitest";

import { splitSentences } from "../src/summarize/sentences.ts";
import { summarize } from "../src/summarize/summarize.ts";

const text = fc
  .array(
    fc.constantFrom(
      "warp",
      "weft",
      "Loom",
      "the",
      "a",
      "雨",
      ".",
      "!",
      "?",
      "\n\n",
      "’",
      "“",
      "Mr.",
    ),
    {
      maxLength: 80,
    },
  )
  .map((parts) => parts.join(" "));

test("a summary holds as many sentences of the text as were asked for, in order, every time", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 10 }), (text, count) => {
      const all = splitSentences(text);
      const summary = summarize(text, count);
      expect(summary).toHaveLength(Math.min(count, all.length));
      let from = 0;
      for (const sentence of summary) {
        const at = all.indexOf(sentence, from);
        expect(at).toBeGreaterThanOrEqual(from);
        from = at + 1;
      }
      expect(summarize(text, count)).toEqual(summary);
    }),
  );
});

test("splitting loses nothing but white space", () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: "grapheme" })), (text) => {
      expect(splitSentences(text).join("").replaceAll(/\s/gu, "")).toBe(
        text.replaceAll(/\s/gu, ""),
      );
    }),
  );
});
