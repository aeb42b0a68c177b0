/**
 * Lets `perSecond` events pass on average and `burst` at once.
 *
 * @throws RangeError when `burst` is not above 0, or `perSecond` below it.
 */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  /** Starts full. `now` gives monotonic milliseconds. */
  constructor(burst: number, perSecond: number, now: () => number) {
    if (!(burst > 0)) throw new RangeError(`burst must be above 0, got ${burst}`);
    if (!(perSecond >= 0)) throw new RangeError(`perSecond must be 0 or more, got ${perSecond}`);
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#now = now;
    this.#tokens = burst;
    this.#at = now();
  }

  /** Nothing was taken for so long that a new bucket would be no different. */
  get isFull(): boolean {
    this.#refill();
    return this.#tokens >= this.#burst;
  }

  /** Milliseconds until {@link take} with this count succeeds; infinite if it never will. */
  waitMs(count: number = 1): number {
    this.#refill();
    if (count <= this.#tokens) return 0;
    if (count > this.#burst) return Number.POSITIVE_INFINITY;
    return ((count - this.#tokens) / this.#perSecond) * 1_000;
  }

  /** Takes `count` tokens; `false` if there are not so many. */
  take(count: number = 1): boolean {
    this.#refill();
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  #refill(): void {
    const now = this.#now();
    this.#tokens = Math.min(
      this.#burst,
      this.#tokens + ((now - this.#at) / 1_000) * this.#perSecond,
    );
    this.#at = now;
  }
}
