/** Upper bounds of the buckets of durations, in seconds, the last one being infinity. */
export const LATENCY_BUCKETS_SECONDS: readonly number[] = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  Number.POSITIVE_INFINITY,
];

const BOUNDS_MS: readonly number[] = LATENCY_BUCKETS_SECONDS.map((seconds) => seconds * 1_000);

/** Durations, sorted into fixed buckets. */
export interface LatencySnapshot {
  readonly count: number;
  readonly sumMs: number;
  /**
   * How many durations each bucket of {@link LATENCY_BUCKETS_SECONDS} and all below it hold; a
   * duration that is equal to a bound belongs below it. The last is equal to `count`.
   */
  readonly cumulative: readonly number[];
}

/** Counts durations in the fixed buckets; nothing is allocated to do so. */
export class LatencyHistogram {
  readonly #counts: number[] = BOUNDS_MS.map(() => 0);
  #sumMs = 0;

  record(durationMs: number): void {
    let at = 0;
    while (durationMs > (BOUNDS_MS[at] ?? Number.POSITIVE_INFINITY)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sumMs += durationMs;
  }

  snapshot(): LatencySnapshot {
    let count = 0;
    const cumulative = this.#counts.map((own) => (count += own));
    return { count, sumMs: this.#sumMs, cumulative };
  }
}
