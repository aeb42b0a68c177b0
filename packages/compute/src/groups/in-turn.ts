/**
 * The next few of some slots, going on behind the one that came last the time before and around: so
 * that none waits for ever, whatever becomes of the others.
 */
export function inTurn(slots: readonly number[], after: number, limit: number): readonly number[] {
  const sorted = slots.toSorted((a, b) => a - b);
  const later = sorted.filter((slot) => slot > after);
  const earlier = sorted.filter((slot) => slot <= after);
  return [...later, ...earlier].slice(0, limit);
}
