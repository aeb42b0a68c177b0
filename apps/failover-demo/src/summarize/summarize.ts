import { splitSentences } from "./sentences.ts";
import { wordsOf } from "./words.ts";

/** How much closeness to the whole text counts against repeating what was already said. */
const RELEVANCE = 0.7;

/** A sentence as a sparse vector: its words, by number, and what each weighs. Its length is 1. */
interface SentenceVector {
  readonly words: readonly number[];
  readonly weights: readonly number[];
}

/**
 * The sentences that say most of what a text says, in the order of the text. Deterministic, and the
 * same for every language with words.
 *
 * Sentences are compared with the centroid of the text (Radev et al., 2004), and chosen one by one
 * by maximal marginal relevance (Carbonell and Goldstein, 1998): close to the whole, far from what
 * was chosen before. Words weigh less the more sentences they are in, so no list of stop words is
 * needed. Time grows with the length of the text, not with its square.
 */
export function summarize(text: string, sentences: number): string[] {
  const all = splitSentences(text);
  if (all.length <= sentences) return all;
  const { vectors, vocabulary } = weigh(all.map(wordsOf));
  const relevance = relevanceOf(vectors, vocabulary);
  const redundancy = new Float64Array(all.length);
  const chosen = new Set<number>();
  while (chosen.size < sentences) {
    const best = indexOfBest(all.length, (index) =>
      chosen.has(index)
        ? Number.NEGATIVE_INFINITY
        : RELEVANCE * (relevance[index] ?? 0) - (1 - RELEVANCE) * (redundancy[index] ?? 0),
    );
    chosen.add(best);
    const said = dense(vectors.slice(best, best + 1), vocabulary);
    for (const [index, vector] of vectors.entries()) {
      redundancy[index] = Math.max(redundancy[index] ?? 0, dot(vector, said));
    }
  }
  return all.filter((_, index) => chosen.has(index));
}

/** Term frequency, dampened, times inverse sentence frequency. */
function weigh(sentences: readonly (readonly string[])[]): {
  readonly vectors: SentenceVector[];
  readonly vocabulary: number;
} {
  const numbers = new Map<string, number>();
  const spread: number[] = [];
  const counted = sentences.map((words) => {
    const counts = new Map<number, number>();
    for (const word of words) {
      const known = numbers.get(word);
      const number = known ?? numbers.size;
      if (known === undefined) numbers.set(word, number);
      const before = counts.get(number) ?? 0;
      if (before === 0) spread[number] = (spread[number] ?? 0) + 1;
      counts.set(number, before + 1);
    }
    return counts;
  });
  const vectors = counted.map((counts) => {
    const weights = Array.from(
      counts,
      ([word, times]) => (1 + Math.log(times)) * Math.log(sentences.length / (spread[word] ?? 1)),
    );
    const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0)) || 1;
    return { words: [...counts.keys()], weights: weights.map((weight) => weight / length) };
  });
  return { vectors, vocabulary: numbers.size };
}

/**
 * How much of the centroid a sentence covers, from 0 to 1. Between the plain sum, which prefers
 * long sentences, and the mean, which prefers short ones.
 */
function relevanceOf(vectors: readonly SentenceVector[], vocabulary: number): number[] {
  const centroid = dense(vectors, vocabulary);
  const scores = vectors.map((vector) => dot(vector, centroid) * vector.words.length ** 0.25);
  const most = scores.reduce((a, b) => Math.max(a, b), 0) || 1;
  return scores.map((score) => score / most);
}

/** The sum of sentence vectors, by word. */
function dense(vectors: readonly SentenceVector[], vocabulary: number): Float64Array {
  const sum = new Float64Array(vocabulary);
  for (const { words, weights } of vectors) {
    for (const [at, word] of words.entries()) sum[word] = (sum[word] ?? 0) + (weights[at] ?? 0);
  }
  return sum;
}

function dot({ words, weights }: SentenceVector, other: Float64Array): number {
  let sum = 0;
  for (const [at, word] of words.entries()) sum += (weights[at] ?? 0) * (other[word] ?? 0);
  return sum;
}

/** The first of equals, so that the result never depends on how ties fall. */
function indexOfBest(count: number, score: (index: number) => number): number {
  let best = 0;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < count; index++) {
    const own = score(index);
    if (own > bestScore) [best, bestScore] = [index, own];
  }
  return best;
}
