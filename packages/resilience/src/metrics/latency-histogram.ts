import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** Longer durations count as so long, in microseconds: an hour. */
const LONGEST_US = 3_600_000_000;

/** Two figures keep quantiles within 1 % and the memory at some 26 kB, however many calls. */
const SIGNIFICANT_FIGURES = 2;

/** Durations in milliseconds. Quantiles are within 1 %, the rest is exact. */
export interface LatencySummary {
  readonly meanMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Counts durations; quantiles in bounded memory, by Node's own HDR histogram. */
export class LatencyHistogram {
  readonly #histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: LONGEST_US,
    figures: SIGNIFICANT_FIGURES,
  });
  #sumMs = 0;
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = 0;

  /** Adds one duration in milliseconds, 0 or more. */
  record(ms: number): void {
    const us = Math.round(ms * 1000);
    this.#histogram.record(Math.min(Math.max(us, 1), LONGEST_US));
    this.#sumMs += ms;
    this.#minMs = Math.min(this.#minMs, ms);
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  get count(): number {
    return this.#histogram.count;
  }

  /** Of one duration or more. */
  summary(): LatencySummary {
    return {
      meanMs: this.#sumMs / this.count,
      minMs: this.#minMs,
      maxMs: this.#maxMs,
      p50Ms: this.#percentile(50),
      p95Ms: this.#percentile(95),
      p99Ms: this.#percentile(99),
    };
  }

  #percentile(percent: number): number {
    // The histogram answers with the upper end of a range.
    const ms = this.#histogram.percentile(percent) / 1000;
    return Math.min(Math.max(ms, this.#minMs), this.#maxMs);
  }
}
