const WORD = /[\p{L}\p{M}\p{N}]+(?:['’]\p{L}+)*/gu;
/** Scripts that put no space between words: there, each character counts as one. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]/u;

/** The words of a sentence, in lower case. */
export function wordsOf(sentence: string): string[] {
  const words = sentence.normalize("NFKC").toLowerCase().match(WORD) ?? [];
  return UNSPACED.test(sentence) ? words.flatMap(splitUnspaced) : words;
}

const splitUnspaced = (word: string): string[] => (UNSPACED.test(word) ? Array.from(word) : [word]);
