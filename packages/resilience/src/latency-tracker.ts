import { number, whole } from "./checks.ts";
import { DEFAULT_HEDGE_DELAY_MS, DEFAULT_LATENCY_SAMPLES } from "./defaults.ts";

/** Quantiles of the newest durations, in bounded memory. */
export class LatencyTracker {
  readonly #samples: Float64Array;
  #count = 0;

  /** `samples`: how many of the newest are kept, 1 or more. */
  constructor(samples: number = DEFAULT_LATENCY_SAMPLES) {
    this.#samples = new Float64Array(whole("samples", samples));
  }

  /**
   * Adds one duration in milliseconds.
   *
   * @throws RangeError when it is negative or not a number.
   */
  record(ms: number): void {
    this.#samples[this.#count % this.#samples.length] = number("ms", ms);
    this.#count++;
  }

  /** The duration that the share `q` (0 to 1) of the samples does not exceed, by nearest rank. */
  quantile(q: number): number | undefined {
    const size = Math.min(this.#count, this.#samples.length);
    return this.#samples.subarray(0, size).toSorted()[Math.max(0, Math.ceil(q * size) - 1)];
  }

  /**
   * A delay for `hedge`: the observed p95, so that about one call in twenty is hedged, and never
   * less than `floorMs` (default 50), which also holds while there are no samples.
   */
  hedgeDelay(floorMs: number = DEFAULT_HEDGE_DELAY_MS): () => number {
    return () => Math.max(floorMs, this.quantile(0.95) ?? 0);
  }
}
