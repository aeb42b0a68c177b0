import { sleepOn, type SleepOptions } from "./sleep.ts";

/** A pending timer; disposing cancels it, also after it fired. */
export interface Timer extends Disposable {
  /** Lets the process exit while this timer is pending. No effect in virtual time. */
  unref(): Timer;
}

/**
 * The only source of time. Everything that waits or measures takes one, so that whole meshes run
 * in virtual time.
 */
export interface Clock {
  /** Monotonic milliseconds, possibly fractional. Only differences mean anything. */
  now(): number;
  /** Wall-clock milliseconds since the Unix epoch. May jump; never use it to measure. */
  wallNow(): number;
  /** Calls `fn` once after `ms` milliseconds (0 or more). */
  setTimeout(fn: () => void, ms: number): Timer;
  /** Resolves after `ms` milliseconds, or rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, options?: SleepOptions): Promise<void>;
  /**
   * Calls `fn` once after the current turn of the event loop: after the callbacks of all input
   * that was ready together and the microtasks they started. What is queued in one turn can so
   * leave in one packet.
   */
  endOfTurn(fn: () => void): void;
}

class SystemTimer implements Timer {
  readonly #handle: NodeJS.Timeout;

  constructor(handle: NodeJS.Timeout) {
    this.#handle = handle;
  }

  unref(): Timer {
    this.#handle.unref();
    return this;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#handle);
  }
}

/** Node turns longer delays into one millisecond; a far deadline must not fire at once. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** The real clock: `performance.now`, `Date.now`, global timers and `setImmediate`. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  // Node cuts fractions off: without rounding up, a timer would fire before it is due.
  setTimeout: (fn, ms) =>
    new SystemTimer(setTimeout(fn, Math.min(Math.ceil(ms), LONGEST_TIMEOUT_MS))),
  sleep: (ms, options) => sleepOn(systemClock, ms, options),
  endOfTurn: (fn) => {
    setImmediate(fn);
  },
};
