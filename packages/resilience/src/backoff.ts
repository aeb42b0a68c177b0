import { type Random, randomBetween, systemRandom } from "@selvage/core";

import { number } from "./checks.ts";
import {
  DEFAULT_BACKOFF_MULTIPLIER,
  DEFAULT_INITIAL_BACKOFF_MS,
  DEFAULT_MAX_BACKOFF_MS,
} from "./defaults.ts";

/**
 * How waits vary, so that many callers do not return together. `d` is the exact exponential wait.
 *
 * `equal`: from d/2 to d. `full`: from 0 to d, which may be next to nothing and then protects
 * nobody. `decorrelated`: smooth over all waits together, with medians near the exponential and
 * never below a quarter of the first. `none`: exactly d.
 */
export type Jitter = "equal" | "full" | "decorrelated" | "none";

/** How long to wait between attempts. */
export interface BackoffConfig {
  /** After the first failed attempt, in milliseconds. Default 50. */
  readonly initialBackoffMs?: number | undefined;
  /** The hard ceiling in milliseconds, also with jitter. Default 1,000. */
  readonly maxBackoffMs?: number | undefined;
  /** Growth per failed attempt; below 1 counts as 1. Default 2. */
  readonly backoffMultiplier?: number | undefined;
  /** Default `equal`. */
  readonly jitter?: Jitter | undefined;
  /** Draws the jitter. Default: the system's. */
  readonly random?: Random | undefined;
}

/** The least share of the exact wait; for decorrelated jitter, of the first. */
const leastShares: Readonly<Record<Jitter, number>> = {
  equal: 0.5,
  full: 0,
  decorrelated: 0.25,
  none: 1,
};

/**
 * The waits of one operation: each call gives the next, in milliseconds.
 *
 * @throws RangeError or TypeError naming the option that is wrong.
 */
export function createBackoff(config: BackoffConfig): () => number {
  const initial = number("initialBackoffMs", config.initialBackoffMs ?? DEFAULT_INITIAL_BACKOFF_MS);
  const max = number("maxBackoffMs", config.maxBackoffMs ?? DEFAULT_MAX_BACKOFF_MS);
  const growth = config.backoffMultiplier ?? DEFAULT_BACKOFF_MULTIPLIER;
  const multiplier = Math.max(1, number("backoffMultiplier", growth));
  const { jitter = "equal", random = systemRandom } = config;
  if (!Object.hasOwn(leastShares, jitter)) {
    throw new TypeError(`jitter must be ${Object.keys(leastShares).join()}, got ${jitter}`);
  }
  const least = leastShares[jitter];
  let failures = 0;
  let before = 0;
  return () => {
    let factor = multiplier ** failures;
    if (jitter === "decorrelated") {
      // "Decorrelated jitter V2" of Polly and cockatiel, by G. Crookes: differences of a smooth
      // curve at random points one step apart. Theirs can be next to nothing, hence the least.
      const at = failures + random.next();
      const curve = multiplier ** at * Math.tanh(Math.sqrt(4 * at));
      factor = Math.max(least, (curve - before) / 1.4);
      before = curve;
    }
    failures++;
    // After a thousand failures, 0 · Infinity and the difference of two infinities are no numbers.
    const wait = Math.min(max, initial && (initial * factor || max));
    return jitter === "decorrelated" ? wait : wait * randomBetween(random, least, 1);
  };
}
