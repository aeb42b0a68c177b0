import { sleepOn, type Clock, type SleepOptions, type Timer } from "@selvage/core";

import { MIN_TIMER_MS } from "../defaults.ts";
import { checkDelay } from "../manual-clock.ts";
import { TimeHeap, type TimedItem } from "../time-heap.ts";
import { ceilTick, TICK_MS } from "./kernel.ts";

/** How one machine's clocks differ from virtual time. */
export interface SimClockConfig {
  /** First value of `now()`. */
  readonly originMs: number;
  /** First value of `wallNow()` at virtual time 0. */
  readonly wallStartMs: number;
  /** Parts per million by which both clocks run fast (or slow, if negative). */
  readonly skewPpm: number;
}

/** What the clock needs of the process it belongs to. */
export interface SimClockOwner {
  /** Virtual time as the process sees it. */
  readonly time: number;
  /** Told when a timer or an end-of-turn callback changed what the process waits for. */
  waitingChanged(): void;
}

interface SimTimer extends TimedItem {
  readonly fn: () => void;
}

/** The clock of one process. Its timers count in the machine's own, possibly skewed time. */
export class SimClock implements Clock {
  readonly #owner: SimClockOwner;
  readonly #timers = new TimeHeap<SimTimer>();
  readonly #rate: number;
  #wallStart: number;
  /** Where own and virtual time met last: they drift apart from there by the rate. */
  #originOwn: number;
  #originVirtual: number;
  #order = 0;
  #endOfTurn: (() => void)[] = [];
  /** Own time while the machine sleeps and after the process died. */
  #stoppedAt: number | undefined;
  #dead = false;

  constructor(owner: SimClockOwner, { originMs, wallStartMs, skewPpm }: SimClockConfig) {
    this.#owner = owner;
    this.#rate = 1 + skewPpm / 1e6;
    this.#wallStart = wallStartMs;
    this.#originOwn = originMs;
    this.#originVirtual = owner.time;
  }

  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#stoppedAt ?? this.#ownTime(this.#owner.time);
  }

  wallNow(): number {
    return this.#wallStart + this.#owner.time * this.#rate;
  }

  /** Sets the wall clock forward, or back; the monotonic clock takes no notice. */
  stepWall(ms: number): void {
    this.#wallStart += ms;
  }

  setTimeout(fn: () => void, ms: number): Timer {
    checkDelay(ms);
    const due = this.now() + Math.max(ms, MIN_TIMER_MS);
    const timer: SimTimer = { time: due, order: this.#order++, slot: -1, fn };
    if (!this.#dead) {
      this.#timers.push(timer);
      if (this.#timers.peek() === timer) this.#owner.waitingChanged();
    }
    return {
      unref(): Timer {
        return this;
      },
      [Symbol.dispose]: () => {
        const first = this.#timers.peek() === timer;
        this.#timers.remove(timer);
        if (first) this.#owner.waitingChanged();
      },
    };
  }

  sleep(ms: number, options?: SleepOptions): Promise<void> {
    return sleepOn(this, ms, options);
  }

  endOfTurn(fn: () => void): void {
    if (this.#dead) return;
    this.#endOfTurn.push(fn);
    this.#owner.waitingChanged();
  }

  /** The virtual time at which the first timer is due; `Infinity` without one. */
  get dueAt(): number {
    const first = this.#timers.peek();
    if (first === undefined || this.#stoppedAt !== undefined) return Number.POSITIVE_INFINITY;
    const exact = this.#originVirtual + (first.time - this.#originOwn) / this.#rate;
    const at = ceilTick(exact);
    // With a skew the division rounds; no timer may fire before its own clock says so.
    return this.#ownTime(at) < first.time ? at + TICK_MS : at;
  }

  /** Removes and returns the callback of the first timer if that is due. */
  takeDue(): (() => void) | undefined {
    const first = this.#timers.peek();
    if (first === undefined || first.time > this.now()) return undefined;
    return this.#timers.pop()?.fn;
  }

  get hasEndOfTurn(): boolean {
    return this.#endOfTurn.length > 0;
  }

  /** Removes and returns what was queued for the end of this turn. */
  takeEndOfTurn(): readonly (() => void)[] {
    if (this.#endOfTurn.length === 0) return this.#endOfTurn;
    const batch = this.#endOfTurn;
    this.#endOfTurn = [];
    return batch;
  }

  /** The machine sleeps: own time stands still, wall time goes on. */
  stop(): void {
    this.#stoppedAt ??= this.now();
  }

  /** The machine wakes: own time goes on from where it stood. */
  resume(): void {
    if (this.#stoppedAt === undefined || this.#dead) return;
    this.#originOwn = this.#stoppedAt;
    this.#originVirtual = this.#owner.time;
    this.#stoppedAt = undefined;
  }

  /** Nothing that was or will be set fires any more. */
  kill(): void {
    this.stop();
    this.#dead = true;
    this.#timers.clear();
    this.#endOfTurn = [];
  }

  #ownTime(virtual: number): number {
    return this.#originOwn + (virtual - this.#originVirtual) * this.#rate;
  }
}
