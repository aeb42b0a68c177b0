/** What may close a sentence, after its full stop: quotes and brackets. */
const CLOSERS = "[\"'’”»›)\\]}」』）]*";
/** The end of a sentence. Scripts with their own full stops need no space after it. */
const SENTENCE_END = new RegExp(`[.!?…]+${CLOSERS}(?=\\s|$)|[。！？؟।]+${CLOSERS}`, "gu");
/** A full stop after a single letter or a title ends no sentence: "J. S. Bach", "Mr. Bennet". */
const ABBREVIATION = /(?:^|[\s(])(?:\p{L}|mr|mrs|ms|dr|st|prof|rev|capt|vs|etc|e\.g|i\.e)\.$/iu;
/** What comes after the end of a sentence does not go on in lower case. */
const GOES_ON = /^["'‘“«(\s]*\p{Ll}/u;

/**
 * Splits a text into its sentences, in order, with their inner white space made single spaces. A
 * blank line always ends one. Rules instead of a language model: it knows no abbreviations but a
 * few, and takes `‘Oh dear!’ she said` for one sentence because it goes on in lower case.
 */
export function splitSentences(text: string): string[] {
  return text.split(/\r?\n\s*\r?\n/u).flatMap(splitParagraph);
}

function splitParagraph(paragraph: string): string[] {
  const flat = paragraph.replaceAll(/\s+/gu, " ").trim();
  const sentences: string[] = [];
  let start = 0;
  for (const { 0: end, index } of flat.matchAll(SENTENCE_END)) {
    const stop = index + end.length;
    const isAbbreviation = end === "." && ABBREVIATION.test(flat.slice(start, stop));
    if (isAbbreviation || GOES_ON.test(flat.slice(stop, stop + 8))) continue;
    sentences.push(flat.slice(start, stop).trim());
    start = stop;
  }
  const rest = flat.slice(start).trim();
  return rest === "" ? sentences : [...sentences, rest];
}
