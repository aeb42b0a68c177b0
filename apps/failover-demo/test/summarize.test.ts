import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { splitSentences } from "../src/summarize/sentences.ts";
import { summarize } from "../src/summarize/summarize.ts";

const loomings = readFileSync(new URL("../texts/loomings.txt", import.meta.url), "utf8");

describe("summarize", () => {
  test("takes what the text is about, and leaves the aside", () => {
    const text =
      "The loom weaves cloth from warp and weft. " +
      "Breakfast was late. " +
      "The warp is strung on the loom before the weft is woven through it. " +
      "A selvage keeps the woven cloth from unravelling at the edge of the loom. ";
    expect(summarize(text, 3)).not.toContain("Breakfast was late.");
  });

  test("does not say the same thing twice", () => {
    const text =
      "The storm broke the mast of the ship. " +
      "The storm broke the mast of the ship! " +
      "The crew rowed the boat to the island. " +
      "The storm and the crew met again at the island. " +
      "Gulls circled above.";
    const summary = summarize(text, 2).map((sentence) => sentence.slice(0, -1));
    expect(new Set(summary).size).toBe(2);
  });

  test("keeps the order of the text", () => {
    const order = splitSentences(loomings);
    const places = summarize(loomings, 5).map((sentence) => order.indexOf(sentence));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test("sums up the opening of Moby-Dick by the wish to go to sea", () => {
    expect(summarize(loomings, 3)).toEqual([
      expect.stringContaining("I thought I would sail about a little"),
      expect.stringContaining("I account it high time to get to sea"),
      expect.stringContaining("the same feelings towards the ocean with me"),
    ]);
  });

  test("returns short texts as they are", () => {
    expect(summarize("One. Two.", 3)).toEqual(["One.", "Two."]);
  });

  test("manages when all sentences are alike", () => {
    expect(summarize("Go on. Go on. Go on. Go on.", 2)).toEqual(["Go on.", "Go on."]);
  });
});
