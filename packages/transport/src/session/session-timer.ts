import type { Clock, Timer } from "@selvage/core";

/** The one timer of a session: it fires at or after the earliest of its events, never before. */
export class SessionTimer implements Disposable {
  readonly #clock: Clock;
  readonly #onTime: () => void;
  #timer: Timer | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, onTime: () => void) {
    this.#clock = clock;
    this.#onTime = onTime;
  }

  /** Fires at `at` at the latest; one that is set for earlier stays. */
  set(at: number): void {
    if (this.#timer !== undefined && this.#at <= at) return;
    this[Symbol.dispose]();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#at = at;
    const wait = Math.max(0, at - this.#clock.now());
    this.#timer = this.#clock
      .setTimeout(() => {
        this.#timer = undefined;
        this.#at = Number.POSITIVE_INFINITY;
        this.#onTime();
      }, wait)
      .unref();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#at = Number.POSITIVE_INFINITY;
  }
}
