/** What is not printed as it is: controls, unassigned, blanks but the space, and combining marks. */
const UNPRINTABLE = /[\p{C}\p{Z}\p{Grapheme_Extend}"\\]/gu;

const SHORT: ReadonlyMap<string, string> = new Map([
  ["\0", String.raw`\0`],
  ["\t", String.raw`\t`],
  ["\n", String.raw`\n`],
  ["\r", String.raw`\r`],
  ['"', String.raw`\"`],
  ["\\", String.raw`\\`],
  [" ", " "],
]);

/** A text in quotes on one line, as Rust's `{:?}` writes it, so that labels are equal everywhere. */
export function quoted(text: string): string {
  const escaped = text.replaceAll(
    UNPRINTABLE,
    (character) => SHORT.get(character) ?? `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  return `"${escaped}"`;
}
