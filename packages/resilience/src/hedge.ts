import { type Clock, linkSignals, type LinkedSignal, onAbort, systemClock } from "@selvage/core";

import { DEFAULT_HEDGE_DELAY_MS, DEFAULT_HEDGES } from "./defaults.ts";
import { ResilienceError } from "./errors.ts";

/** How many attempts race, and when each starts. Plain data, shared by concurrent calls. */
export interface HedgePolicy {
  /** Attempts added to the first, 0 or more. Default 1. */
  readonly hedges?: number | undefined;
  /**
   * How long to wait for the attempts under way before one more starts, in milliseconds; a
   * function is asked each time. Default 50.
   */
  readonly delayMs?: number | (() => number) | undefined;
}

/** What the function is told about the attempt it makes. */
export interface HedgeContext {
  /** 0 for the first attempt, 1 for the first hedge. */
  readonly index: number;
  /** Aborts when another attempt won (kind `superseded`) or the caller gave up. */
  readonly signal: AbortSignal;
}

/** What one call of {@link hedge} is given. */
export interface HedgeOptions {
  /** Ends all attempts at once, with its own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Races attempts that start one after the other, and answers with the first success.
 *
 * Attempt i starts `i · delayMs` after the first, or as soon as a running one fails. The losers'
 * signals abort and nobody waits for them. If all fail, the error is that of the lowest index,
 * whatever the order in which they failed. Only for work that may safely happen twice.
 */
export async function hedge<T>(
  fn: (context: HedgeContext) => PromiseLike<T> | T,
  policy: HedgePolicy = {},
  options: HedgeOptions = {},
): Promise<T> {
  const { hedges = DEFAULT_HEDGES } = policy;
  if (!Number.isSafeInteger(hedges) || hedges < 0) {
    throw new RangeError(`hedges must be a whole number of at least 0, got ${hedges}`);
  }
  options.signal?.throwIfAborted();
  return await new Promise((resolve, reject) => {
    new Race(fn, { ...policy, hedges }, options, { resolve, reject }).start();
  });
}

interface Outcome<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** One call of {@link hedge}. */
class Race<T> {
  readonly #fn: (context: HedgeContext) => PromiseLike<T> | T;
  readonly #policy: HedgePolicy & { readonly hedges: number };
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  readonly #outcome: Outcome<T>;
  readonly #watch: Disposable;
  readonly #running: (LinkedSignal | undefined)[] = [];
  /** By index, so that the lowest can be found at the end. */
  readonly #errors: unknown[] = [];
  #failed = 0;
  #timer: Disposable | undefined;
  #over = false;

  constructor(
    fn: (context: HedgeContext) => PromiseLike<T> | T,
    policy: HedgePolicy & { readonly hedges: number },
    { clock = systemClock, signal }: HedgeOptions,
    outcome: Outcome<T>,
  ) {
    this.#fn = fn;
    this.#policy = policy;
    this.#clock = clock;
    this.#signal = signal;
    this.#outcome = outcome;
    this.#watch = onAbort(signal, (reason) => this.#end(reason, () => outcome.reject(reason)));
  }

  start(): void {
    const index = this.#running.length;
    const own = linkSignals(this.#signal);
    this.#running.push(own);
    if (index < this.#policy.hedges) this.#schedule();
    if (this.#over) return;
    const run = async (): Promise<T> => this.#fn({ index, signal: own.signal });
    run().then(
      (value) => {
        this.#running[index] = undefined;
        own[Symbol.dispose]();
        const lost = new ResilienceError("superseded", `attempt ${index} was faster`);
        this.#end(lost, () => this.#outcome.resolve(value));
      },
      (error: unknown) => this.#fail(index, error),
    );
  }

  #fail(index: number, error: unknown): void {
    this.#running[index]?.[Symbol.dispose]();
    this.#running[index] = undefined;
    this.#errors[index] = error;
    this.#failed++;
    if (this.#over) return;
    if (this.#running.length <= this.#policy.hedges) {
      this.#timer?.[Symbol.dispose]();
      this.start();
    } else if (this.#failed === this.#running.length) {
      this.#end(undefined, () => this.#outcome.reject(this.#errors[0]));
    }
  }

  /** Starts the next attempt after the delay; a delay that cannot be had ends the race. */
  #schedule(): void {
    const { delayMs = DEFAULT_HEDGE_DELAY_MS } = this.#policy;
    try {
      const ms = typeof delayMs === "number" ? delayMs : delayMs();
      if (!(ms >= 0)) throw new RangeError(`delayMs must be 0 or more, got ${ms}`);
      this.#timer = this.#clock.setTimeout(() => this.start(), ms);
    } catch (error) {
      this.#end(error, () => this.#outcome.reject(error));
    }
  }

  /** Settles once, aborts what still runs and leaves nothing behind. */
  #end(reason: unknown, settle: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.[Symbol.dispose]();
    this.#watch[Symbol.dispose]();
    settle();
    for (const own of this.#running) own?.abort(reason);
  }
}
