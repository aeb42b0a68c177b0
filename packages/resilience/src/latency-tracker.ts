import { DEFAULT_HEDGE_DELAY_MS, DEFAULT_LATENCY_SAMPLES } from "./defaults.ts";

/** Quantiles of the newest durations, in bounded memory. */
export class LatencyTracker {
  readonly #samples: Float64Array;
  #count = 0;
  /** Sorted copy, made when asked for and thrown away by the next sample. */
  #sorted: Float64Array | undefined;

  /** `samples`: how many of the newest are kept, 1 or more. */
  constructor(samples: number = DEFAULT_LATENCY_SAMPLES) {
    if (!Number.isSafeInteger(samples) || samples < 1) {
      throw new RangeError(`samples must be a whole number of at least 1, got ${samples}`);
    }
    this.#samples = new Float64Array(samples);
  }

  /** Adds one duration in milliseconds. */
  record(ms: number): void {
    this.#samples[this.#count % this.#samples.length] = ms;
    this.#count++;
    this.#sorted = undefined;
  }

  /** The duration that the share `q` (0 to 1) of the samples does not exceed, by nearest rank. */
  quantile(q: number): number | undefined {
    const size = Math.min(this.#count, this.#samples.length);
    this.#sorted ??= this.#samples.slice(0, size).toSorted();
    return this.#sorted[Math.max(0, Math.ceil(q * size) - 1)];
  }

  /**
   * A delay for `hedge`: the observed p95, so that about one call in twenty is hedged, and never
   * less than `floorMs` (default 50), which also holds while there are no samples.
   */
  hedgeDelay(floorMs: number = DEFAULT_HEDGE_DELAY_MS): () => number {
    return () => Math.max(floorMs, this.quantile(0.95) ?? 0);
  }
}
