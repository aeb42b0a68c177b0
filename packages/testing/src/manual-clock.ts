import { sleepOn, type Clock, type SleepOptions, type Timer } from "@selvage/core";

import { DEFAULT_LIMIT_MS, DEFAULT_WALL_START_MS, MAX_TURNS_AT_ONE_TIME } from "./defaults.ts";
import { SimulationError } from "./errors.ts";
import { quiescence } from "./macrotask.ts";
import { TimeHeap, type TimedItem } from "./time-heap.ts";

/** Construction options of {@link ManualClock}. */
export interface ManualClockConfig {
  /** First value of `now()`. Default 0. */
  readonly startMs?: number | undefined;
  /** First value of `wallNow()`. Default {@link DEFAULT_WALL_START_MS}. */
  readonly wallStartMs?: number | undefined;
}

interface ManualTimer extends TimedItem {
  readonly fn: () => void;
}

/**
 * A clock that stands still until a test moves it.
 *
 * Due timers run in time order, equal ones in the order of their creation. After each, microtasks
 * run to quiescence and then the end-of-turn callbacks; those queued by an end-of-turn callback
 * run in the pass after. What a callback throws rejects the `advance` that ran it.
 */
export class ManualClock implements Clock {
  readonly #timers = new TimeHeap<ManualTimer>();
  readonly #wallOffset: number;
  #now: number;
  #order = 0;
  #endOfTurn: (() => void)[] = [];
  #advancing = false;

  constructor({ startMs = 0, wallStartMs = DEFAULT_WALL_START_MS }: ManualClockConfig = {}) {
    this.#now = startMs;
    this.#wallOffset = wallStartMs - startMs;
  }

  /** Timers that wait for their time: 0 at the end of a test that leaves nothing behind. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + this.#wallOffset;
  }

  setTimeout(fn: () => void, ms: number): Timer {
    checkDelay(ms);
    const timer: ManualTimer = { time: this.#now + ms, order: this.#order++, slot: -1, fn };
    this.#timers.push(timer);
    return {
      unref(): Timer {
        return this;
      },
      [Symbol.dispose]: () => this.#timers.remove(timer),
    };
  }

  sleep(ms: number, options?: SleepOptions): Promise<void> {
    return sleepOn(this, ms, options);
  }

  endOfTurn(fn: () => void): void {
    this.#endOfTurn.push(fn);
  }

  /**
   * Moves time by `ms`, running everything due on the way. `advance(0)` runs what is due now.
   *
   * @throws {@link SimulationError} with kind `livelock` when end-of-turn callbacks never end.
   */
  async advance(ms: number): Promise<void> {
    checkDelay(ms);
    await this.#run(this.#now + ms, () => false);
  }

  /**
   * Moves time from timer to timer until the condition holds, and returns at that moment.
   *
   * @throws {@link SimulationError} with kind `limit` when it does not within `limitMs`
   * (default {@link DEFAULT_LIMIT_MS}).
   */
  async runUntil(
    condition: () => boolean,
    { limitMs = DEFAULT_LIMIT_MS }: { readonly limitMs?: number | undefined } = {},
  ): Promise<void> {
    const limit = this.#now + limitMs;
    if (await this.#run(limit, condition)) return;
    throw new SimulationError("limit", `the condition did not hold within ${limitMs} ms`);
  }

  async #run(until: number, stop: () => boolean): Promise<boolean> {
    if (this.#advancing) throw new TypeError("the clock is being advanced already");
    this.#advancing = true;
    try {
      for (;;) {
        await this.#settle();
        if (stop()) return true;
        const next = this.#timers.peek();
        if (next === undefined || next.time > until) break;
        this.#timers.pop();
        this.#now = next.time;
        next.fn();
      }
      this.#now = until;
      return stop();
    } finally {
      this.#advancing = false;
    }
  }

  /** Microtasks, then end-of-turn callbacks, until neither is left. */
  async #settle(): Promise<void> {
    await quiescence();
    for (let passes = 1; this.#endOfTurn.length > 0; passes++) {
      if (passes > MAX_TURNS_AT_ONE_TIME) {
        throw new SimulationError("livelock", `${passes} end-of-turn passes at ${this.#now} ms`);
      }
      const batch = this.#endOfTurn;
      this.#endOfTurn = [];
      for (const fn of batch) fn();
      await quiescence();
    }
  }
}

/** Throws `RangeError` for a delay that no clock could honour. */
export function checkDelay(ms: number): void {
  if (!(ms >= 0)) throw new RangeError(`ms must be 0 or more, got ${ms}`);
}
