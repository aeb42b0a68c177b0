import { number, whole } from "./checks.ts";
import {
  DEFAULT_FAILURE_RATE,
  DEFAULT_MINIMUM_CALLS,
  DEFAULT_SLOW_RATE,
  WINDOW_SLOTS,
} from "./defaults.ts";

/** From which shares on a breaker opens. */
export interface TripRates {
  /** The share of failures, 0 to 1. Default 0.5. */
  readonly failureRate?: number | undefined;
  /** The share of slow calls, 0 to 1. Default 1. */
  readonly slowRate?: number | undefined;
  /** With fewer calls it does not open. Default and at most: `calls`; with `durationMs` 20. */
  readonly minimumCalls?: number | undefined;
}

/** So many failures in a row open a breaker. */
export interface ConsecutiveTrip {
  /** 1 or more. */
  readonly failures: number;
  readonly calls?: undefined;
  readonly durationMs?: undefined;
  readonly failureRate?: undefined;
  readonly slowRate?: undefined;
  readonly minimumCalls?: undefined;
}

/** A share of the newest calls opens a breaker. */
export interface CountTrip extends TripRates {
  /** How many calls are looked at, 1 or more. */
  readonly calls: number;
  readonly failures?: undefined;
  readonly durationMs?: undefined;
}

/** A share of the calls of some time opens a breaker. */
export interface SamplingTrip extends TripRates {
  /** How much time is looked at, in milliseconds, 1 or more. It passes in ten steps. */
  readonly durationMs: number;
  readonly failures?: undefined;
  readonly calls?: undefined;
}

/** What opens a breaker. */
export type BreakerTrip = ConsecutiveTrip | CountTrip | SamplingTrip;

/** What is known about some of the newest calls. */
export type WindowSlot = {
  /** How many slots before the newest one; within a window, the number of the slot. */
  readonly slot: number;
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
};

/**
 * Counts the newest calls. There is one rule: consecutive failures are a window of as many calls
 * with a rate of 1, a count-based window has one slot per call, a sampling one ten slots of time.
 *
 * Slots are numbered by call, or by time since the clock's zero. Old ones go by that number, not by
 * being visited, so a window that was idle for an hour holds nothing from before.
 */
export class CallWindow {
  /** `undefined` if slots are calls. */
  readonly #slotMs: number | undefined;
  readonly #size: number;
  readonly #failureRate: number;
  readonly #slowRate: number;
  readonly #minimum: number;
  /** Those that hold calls, the newest last. */
  #slots: Slot[] = [];
  #calls = 0;

  /** @throws RangeError or TypeError naming the option that is wrong. */
  constructor(trip: BreakerTrip) {
    const { durationMs, failures, calls = failures, minimumCalls } = trip;
    if (durationMs === undefined) {
      if (calls === undefined) throw new TypeError("trip must have failures, calls or durationMs");
      this.#size = whole(failures === undefined ? "calls" : "failures", calls);
    } else {
      this.#size = WINDOW_SLOTS;
      this.#slotMs = number("durationMs", durationMs, 1) / WINDOW_SLOTS;
    }
    const rate = failures === undefined ? DEFAULT_FAILURE_RATE : 1;
    this.#failureRate = number("failureRate", trip.failureRate ?? rate, 0, 1);
    this.#slowRate = number("slowRate", trip.slowRate ?? DEFAULT_SLOW_RATE, 0, 1);
    const minimum = whole("minimumCalls", minimumCalls ?? calls ?? DEFAULT_MINIMUM_CALLS);
    this.#minimum = Math.min(minimum, calls ?? minimum);
  }

  /** Adds one call; answers whether that is one too many. A good call never is. */
  record(now: number, failed: boolean, slow: boolean): boolean {
    this.#calls++;
    const slot = this.#newest(now);
    let last = this.#slots.at(-1);
    if (last?.slot !== slot) this.#slots.push((last = { slot, calls: 0, failures: 0, slow: 0 }));
    last.calls++;
    if (failed) last.failures++;
    if (slow) last.slow++;
    if (!failed && !slow) return false;
    let calls = 0;
    let failures = 0;
    let slowCalls = 0;
    for (const one of this.#slots) {
      calls += one.calls;
      failures += one.failures;
      slowCalls += one.slow;
    }
    if (calls < this.#minimum) return false;
    return failures / calls >= this.#failureRate || slowCalls / calls >= this.#slowRate;
  }

  clear(): void {
    this.#slots = [];
  }

  /** The slots in use, the oldest first. */
  export(now: number): WindowSlot[] {
    return renumbered(this.#newest(now), this.#slots);
  }

  /** Takes over what another window exported `elapsedMs` ago. */
  restore(now: number, elapsedMs: number, slots: readonly WindowSlot[]): void {
    const passed = this.#slotMs === undefined ? 0 : Math.floor(elapsedMs / this.#slotMs);
    this.#slots = renumbered(this.#newest(now) - passed, slots);
  }

  /** The number of the newest slot; those that are too old for it are dropped. */
  #newest(now: number): number {
    const newest = this.#slotMs === undefined ? this.#calls : Math.floor(now / this.#slotMs);
    while ((this.#slots[0]?.slot ?? newest) <= newest - this.#size) this.#slots.shift();
    return newest;
  }
}

/** From numbers to distances from `newest`, or back. */
function renumbered(newest: number, slots: readonly WindowSlot[]): Slot[] {
  return slots.map((one) => ({ ...one, slot: newest - one.slot }));
}

type Slot = { -readonly [Key in keyof WindowSlot]: WindowSlot[Key] };
