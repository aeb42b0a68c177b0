/** Timer granularity, RFC 9002 §6.1.2. */
export const TIMER_GRANULARITY_MS = 1;

/** Round-trip estimation as in RFC 9002 §5; milliseconds throughout. */
export class RttEstimator {
  #smoothed: number;
  #variation: number;
  #latest: number;
  #minimum: number;
  #isSeed = true;

  /** Seeded with the handshake's round trip. */
  constructor(handshakeRttMs: number) {
    this.#latest = handshakeRttMs;
    this.#smoothed = handshakeRttMs;
    this.#variation = handshakeRttMs / 2;
    this.#minimum = handshakeRttMs;
  }

  get smoothedMs(): number {
    return this.#smoothed;
  }

  get latestMs(): number {
    return this.#latest;
  }

  /** The shortest round trip so far. */
  get minimumMs(): number {
    return this.#minimum;
  }

  /** Mean deviation from the smoothed round trip. */
  get variationMs(): number {
    return this.#variation;
  }

  /** Takes a sample (the first replaces the seed) of a packet that the peer held back for `ackDelayMs`. */
  sample(rttMs: number, ackDelayMs: number): void {
    this.#latest = rttMs;
    if (this.#isSeed) {
      this.#isSeed = false;
      this.#smoothed = rttMs;
      this.#variation = rttMs / 2;
      this.#minimum = rttMs;
      return;
    }
    this.#minimum = Math.min(this.#minimum, rttMs);
    const adjusted = rttMs >= this.#minimum + ackDelayMs ? rttMs - ackDelayMs : rttMs;
    this.#variation = 0.75 * this.#variation + 0.25 * Math.abs(this.#smoothed - adjusted);
    this.#smoothed = 0.875 * this.#smoothed + 0.125 * adjusted;
  }

  /** How long the peer may take to acknowledge before it is asked, without back-off (§6.2.1). */
  ptoMs(peerMaxAckDelayMs: number): number {
    return this.#smoothed + Math.max(4 * this.#variation, TIMER_GRANULARITY_MS) + peerMaxAckDelayMs;
  }

  /** After how long an unacknowledged packet before an acknowledged one is lost (§6.1.2). */
  lossDelayMs(): number {
    return Math.max((9 / 8) * Math.max(this.#smoothed, this.#latest), TIMER_GRANULARITY_MS);
  }
}
