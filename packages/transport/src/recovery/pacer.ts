/** Sending a little faster than the window turns over keeps the window full (RFC 9002 §7.7). */
const GAIN = 1.25;
/** What may leave at once however slow the path, in full datagrams (RFC 9002 §7.2). */
const BURST_DATAGRAMS = 10;
/** Timers are no finer than this; what they miss leaves at once, in milliseconds. */
const GRANULARITY_MS = 4;
/** Keeps the rate finite. */
const MIN_RTT_MS = 0.001;

/**
 * Spreads a window over the round trip instead of sending it at once: a token bucket whose rate is
 * the window per round trip. On paths faster than timers it holds nothing back.
 */
export class Pacer {
  readonly #datagramBytes: number;
  #tokens: number;
  #rate = Number.POSITIVE_INFINITY;
  #at = 0;

  constructor(datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
    this.#tokens = BURST_DATAGRAMS * datagramBytes;
  }

  /** Whether another packet may leave at `now`. */
  allows(now: number, windowBytes: number, rttMs: number): boolean {
    this.#rate = (GAIN * windowBytes) / Math.max(rttMs, MIN_RTT_MS);
    const burst = Math.max(BURST_DATAGRAMS * this.#datagramBytes, this.#rate * GRANULARITY_MS);
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#at) * this.#rate);
    this.#at = now;
    // Whole bytes: what nextAt promised must not fail by a rounding error.
    return this.#tokens > -1;
  }

  /** A packet left. The last of a burst may overdraw the bucket. */
  onSent(bytes: number): void {
    this.#tokens -= bytes;
  }

  /** When {@link allows} will answer yes, after it said no. */
  get nextAt(): number {
    return this.#at + Math.max(0, -this.#tokens) / this.#rate;
  }
}
