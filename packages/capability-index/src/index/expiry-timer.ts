import type { Clock, Timer } from "@selvage/core";

/**
 * Calls back at the time it was set to last, or earlier: a later time than the one it waits for does
 * not move it, since renewals put the next expiry off again and again.
 */
export class ExpiryTimer {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #timer: Timer | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  /** `onDue` sets it again, if it is to go on. */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** `undefined` stops it. */
  set(at: number | undefined): void {
    if (at !== undefined && this.#timer !== undefined && this.#dueAt <= at) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (at === undefined) return;
    this.#dueAt = at;
    const leftMs = at - this.#clock.now();
    // A timer for the smallest fraction of a millisecond might not move time at all.
    const waitMs = leftMs > 0 ? Math.max(1, leftMs) : 0;
    this.#timer = this.#clock
      .setTimeout(() => {
        this.#timer = undefined;
        this.#onDue();
      }, waitMs)
      .unref();
  }
}
