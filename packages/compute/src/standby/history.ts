import { compareTerms, type Term } from "../daemon/term.ts";
import { MAX_HISTORY_TERMS } from "../defaults.ts";

/** From which index on the entries are of a term. */
export interface TermStart {
  readonly term: Term;
  readonly first: number;
}

/** Which terms wrote the entries that a member holds, applied or not. */
export interface History {
  /** The oldest first; those before the oldest one are not known any more, or there are none. */
  readonly starts: readonly TermStart[];
  /** The last index. */
  readonly last: number;
}

/** The history of a member that holds nothing. */
export const NO_HISTORY: History = { starts: [], last: 0 };

/** The history with one more entry. */
export function extendHistory({ starts, last }: History, term: Term): History {
  const index = last + 1;
  const latest = starts.at(-1);
  if (latest !== undefined && compareTerms(latest.term, term) === 0) return { starts, last: index };
  const extended = [...starts, { term, first: index }];
  return { starts: extended.slice(-MAX_HISTORY_TERMS), last: index };
}

/**
 * Through which index two members certainly hold the same: an active writes an index of its term once,
 * and only behind what it was promoted with, so equal terms at an index mean equal entries up to there
 * (the log matching property of Raft, §5.3; terms by their starts as in Kafka's KIP-101).
 */
export function commonThrough(a: History, b: History): number {
  let common = 0;
  a.starts.forEach(({ term, first }, i) => {
    const other = b.starts.findIndex((start) => compareTerms(start.term, term) === 0);
    if (other < 0 || b.starts[other]?.first !== first) return;
    common = Math.max(common, Math.min(endOf(a, i), endOf(b, other)));
  });
  return common;
}

/** The term of the last entry of a run of equal terms ends where the next one begins. */
function endOf({ starts, last }: History, i: number): number {
  const next = starts[i + 1];
  return next === undefined ? last : next.first - 1;
}
