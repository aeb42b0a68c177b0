import type { Clock, Timer } from "@selvage/core";

/** How often the own event loop is looked at, in milliseconds. */
const TICK_MS = 25;
/** For how long a delay counts as recent, in milliseconds. */
const RECENT_MS = 1_000;

/** The largest delay and the second largest, in milliseconds. */
type LargestTwo = readonly [number, number];

const NO_DELAYS: LargestTwo = [0, 0];

const withDelay = ([first, second]: LargestTwo, ms: number): LargestTwo =>
  ms > first ? [ms, first] : [first, Math.max(second, ms)];

/**
 * Watches the own event loop: how late it runs timers, and when it stood still altogether.
 * Delays are reported to peers, so that they judge a busy node by its pace.
 */
export class LoopDelay {
  readonly #clock: Clock;
  readonly #onTick: (lagMs: number) => void;
  #timer: Timer | undefined;
  #dueAt = 0;
  #current: LargestTwo = NO_DELAYS;
  #previous: LargestTwo = NO_DELAYS;
  #bucketEndsAt = 0;

  /** `onTick` runs at every look with the lag just seen (0 when on time). */
  constructor(clock: Clock, onTick: (lagMs: number) => void) {
    this.#clock = clock;
    this.#onTick = onTick;
  }

  start(): void {
    if (this.#timer === undefined) this.#schedule();
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  /**
   * The second largest delay within about the last second, in milliseconds: the pace of a busy
   * loop. A single standstill is no pace; reported as one, it would make peers slow to notice that
   * this node has died.
   */
  recentMs(): number {
    this.#roll(this.#clock.now());
    const [first, second] = this.#current;
    const [earlierFirst, earlierSecond] = this.#previous;
    return first > earlierFirst ? Math.max(second, earlierFirst) : Math.max(first, earlierSecond);
  }

  /** How overdue the next look is: more than a little means that the loop is standing still. */
  lagMs(): number {
    return this.#timer === undefined ? 0 : Math.max(0, this.#clock.now() - this.#dueAt);
  }

  #schedule(): void {
    this.#dueAt = this.#clock.now() + TICK_MS;
    this.#timer = this.#clock.setTimeout(() => this.#tick(), TICK_MS).unref();
  }

  #tick(): void {
    const now = this.#clock.now();
    const lag = Math.max(0, now - this.#dueAt);
    this.#roll(now);
    this.#current = withDelay(this.#current, lag);
    this.#schedule();
    this.#onTick(lag);
  }

  #roll(now: number): void {
    if (now < this.#bucketEndsAt) return;
    this.#previous = now < this.#bucketEndsAt + RECENT_MS / 2 ? this.#current : NO_DELAYS;
    this.#current = NO_DELAYS;
    this.#bucketEndsAt = now + RECENT_MS / 2;
  }
}
