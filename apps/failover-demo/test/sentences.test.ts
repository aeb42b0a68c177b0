import { describe, expect, test } from "vitest";

import { splitSentences } from "../src/summarize/sentences.ts";
import { wordsOf } from "../src/summarize/words.ts";

describe("splitSentences", () => {
  test.each([
    [
      "ends at . ! ? and …",
      "One. Two! Three? Four… Five",
      ["One.", "Two!", "Three?", "Four…", "Five"],
    ],
    ["keeps quotes with their sentence", "“Go.” He went.", ["“Go.”", "He went."]],
    [
      "goes on in lower case",
      "‘Oh dear!’ she said. It rained.",
      ["‘Oh dear!’ she said.", "It rained."],
    ],
    ["knows titles", "Mr. Bennet sat. He read.", ["Mr. Bennet sat.", "He read."]],
    ["knows initials", "J. S. Bach wrote. He rests.", ["J. S. Bach wrote.", "He rests."]],
    ["leaves numbers whole", "Pi is 3.14 or so. Yes.", ["Pi is 3.14 or so.", "Yes."]],
    [
      "ends at a blank line",
      "A heading\n\nA text\nof two lines.",
      ["A heading", "A text of two lines."],
    ],
    ["needs no spaces in Japanese", "雨が降る。風も吹く。", ["雨が降る。", "風も吹く。"]],
    ["finds none in nothing", " \n\n ", []],
  ])("%s", (_name, text, sentences) => {
    expect(splitSentences(text)).toEqual(sentences);
  });
});

describe("wordsOf", () => {
  test.each([
    ["people’s hats off—then", ["people’s", "hats", "off", "then"]],
    ["ÉTÉ à Paris 1889", ["été", "à", "paris", "1889"]],
    ["雨 falls", ["雨", "falls"]],
    ["雨が", ["雨", "が"]],
    ["… — !", []],
  ])("%j", (sentence, words) => {
    expect(wordsOf(sentence)).toEqual(words);
  });
});
