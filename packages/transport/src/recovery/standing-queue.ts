/** Round trips looked at before anything is concluded (RFC 9406 §4.2): one alone may be jitter. */
const MIN_SAMPLES = 8;
/** A queue of this many milliseconds is no harm, and too little to be told from jitter. */
const ALLOWED_MS = 5;
/** On long paths, a queue of this share of the round trip is none either. */
const ALLOWED_SHARE = 0.5;
/** What was the shortest round trip is forgotten after one to two of these, in milliseconds. */
const MEMORY_MS = 5_000;

/** One round trip. */
export interface RoundTrip {
  /** How long it took without the delay of the acknowledgement itself, in milliseconds. */
  readonly rttMs: number;
  /** The number of the packet that was acknowledged. */
  readonly number: number;
  /** The number of the packet that left last. */
  readonly newest: number;
  /** The window holds sending back. */
  readonly limited: boolean;
  /** By how much the peer's event loop was late recently, in milliseconds. */
  readonly peerLoopDelayMs: number;
}

/**
 * Notices a queue on the path that never drains: the *shortest* round trip of a whole round stays
 * well above the shortest of late. Such a queue carries nothing faster and keeps every small call
 * waiting, so the window is to shrink to what the path holds without it: the idea of Vegas and
 * Copa, with the rounds of HyStart++ (RFC 9406). A queue that does not drain even then is not ours,
 * or the path has become longer: it is taken for part of the path before long. What late event
 * loops add to a round trip is no queue, and no window makes it shorter.
 */
export class StandingQueue {
  readonly #ownLoopDelayMs: () => number;
  #olderMs = Number.POSITIVE_INFINITY;
  #newerMs = Number.POSITIVE_INFINITY;
  #newerUntil = Number.NEGATIVE_INFINITY;
  #roundMs = Number.POSITIVE_INFINITY;
  #samples = 0;
  #lastOfRound = -1;
  #wasLimited = false;
  /** What left before the last cut still stands in the old queue. */
  #isDraining = false;

  constructor(ownLoopDelayMs: () => number) {
    this.#ownLoopDelayMs = ownLoopDelayMs;
  }

  /** Takes a round trip. Answers the share to which the window is to shrink, if it is. */
  sample(now: number, trip: RoundTrip): number | undefined {
    const { rttMs, number, newest, limited, peerLoopDelayMs } = trip;
    this.#remember(now, rttMs);
    this.#roundMs = Math.min(this.#roundMs, rttMs);
    this.#samples++;
    this.#wasLimited ||= limited;
    if (number <= this.#lastOfRound || this.#samples < MIN_SAMPLES) return undefined;
    const baseMs = Math.min(this.#olderMs, this.#newerMs);
    const roundMs = this.#roundMs;
    const allowedMs = Math.max(ALLOWED_MS, ALLOWED_SHARE * baseMs) + peerLoopDelayMs;
    const isOurs =
      this.#wasLimited &&
      !this.#isDraining &&
      roundMs > baseMs + allowedMs + this.#ownLoopDelayMs();
    this.#roundMs = Number.POSITIVE_INFINITY;
    this.#samples = 0;
    this.#lastOfRound = newest;
    this.#wasLimited = false;
    this.#isDraining = isOurs;
    return isOurs ? baseMs / roundMs : undefined;
  }

  #remember(now: number, rttMs: number): void {
    if (now >= this.#newerUntil) {
      this.#olderMs = this.#newerMs;
      this.#newerMs = Number.POSITIVE_INFINITY;
      this.#newerUntil = now + MEMORY_MS;
    }
    this.#newerMs = Math.min(this.#newerMs, rttMs);
  }
}
