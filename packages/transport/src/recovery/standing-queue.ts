/** Round trips looked at before anything is concluded (RFC 9406 §4.2): one alone may be jitter. */
const MIN_SAMPLES = 8;
/** A queue of this many milliseconds is no harm, and too little to be told from jitter. */
const ALLOWED_MS = 5;
/** On long paths, a queue of this share of the round trip is none either. */
const ALLOWED_SHARE = 0.5;
/** What was the shortest round trip is forgotten after one to two of these, in milliseconds. */
const MEMORY_MS = 5_000;

/**
 * Notices a queue on the path that never drains: the *shortest* round trip of a whole round stays
 * well above the shortest of late. Such a queue carries nothing faster and keeps every small call
 * waiting, so the window is to shrink to what the path holds without it: the idea of Vegas and
 * Copa, with the rounds of HyStart++ (RFC 9406). A queue that does not drain even then is not ours,
 * or the path has become longer: it is taken for part of the path before long.
 */
export class StandingQueue {
  #olderMs = Number.POSITIVE_INFINITY;
  #newerMs = Number.POSITIVE_INFINITY;
  #newerUntil = Number.NEGATIVE_INFINITY;
  #roundMs = Number.POSITIVE_INFINITY;
  #samples = 0;
  #lastOfRound = -1;
  #wasLimited = false;
  /** What left before the last cut still stands in the old queue. */
  #isDraining = false;

  /**
   * Takes a round trip, without the peer's own delay, of packet `number`; `newest` left last. Answers
   * the share to which the window is to shrink, if it is. `limited`: the window holds sending back.
   */
  sample(
    now: number,
    rttMs: number,
    { number, newest, limited }: { number: number; newest: number; limited: boolean },
  ): number | undefined {
    this.#remember(now, rttMs);
    this.#roundMs = Math.min(this.#roundMs, rttMs);
    this.#samples++;
    this.#wasLimited ||= limited;
    if (number <= this.#lastOfRound || this.#samples < MIN_SAMPLES) return undefined;
    const baseMs = Math.min(this.#olderMs, this.#newerMs);
    const roundMs = this.#roundMs;
    const isQueue = roundMs > baseMs + Math.max(ALLOWED_MS, ALLOWED_SHARE * baseMs);
    const isOurs = isQueue && this.#wasLimited && !this.#isDraining;
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
