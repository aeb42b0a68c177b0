/** The middle of some numbers and how far they spread. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Summarises one number per round. Throws RangeError for none. */
export function summarize(values: readonly number[]): Summary {
  const sorted = toSorted(values);
  return { median: quantile(sorted, 0.5), min: quantile(sorted, 0), max: quantile(sorted, 1) };
}

/** The median. Throws RangeError for no values. */
export function median(values: readonly number[]): number {
  return quantile(toSorted(values), 0.5);
}

/**
 * The value below which a share `q` of the sorted values lies, 0 ≤ q ≤ 1; between two of them it
 * lies on the line that joins them (type 7 of Hyndman and Fan, as most tools have it).
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`q must be within 0 and 1, got ${q}`);
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)];
  const high = sorted[Math.ceil(position)];
  if (low === undefined || high === undefined) throw new RangeError("no values to summarise");
  return low + (high - low) * (position - Math.floor(position));
}

/** A sorted copy, in memory that sorts numbers fast. */
export function toSorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).toSorted();
}
