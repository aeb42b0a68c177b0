/** Brings what an axis or a filter gave between 0 and 1; NaN is 0. */
export function clampScore(score: number): number {
  return score > 0 ? Math.min(score, 1) : 0;
}
