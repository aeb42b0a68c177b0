import { type Clock, type Random, systemClock, systemRandom } from "@selvage/core";

import { backoffMs, type BackoffPolicy } from "./backoff.ts";
import { runBounded } from "./bounded.ts";
import {
  type Classify,
  defaultClassify,
  mayHaveStarted,
  type RetryAction,
  type RetryVerdict,
} from "./classify.ts";
import { DEFAULT_MAX_ATTEMPTS, MAX_MOVES } from "./defaults.ts";
import { ResilienceError } from "./errors.ts";

/** When and how often to try again. Plain data, shared freely by concurrent operations. */
export interface RetryPolicy<Target = unknown> extends BackoffPolicy {
  /** Calls of the function, the first included, moves not. 1 or more. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** Bounds the whole operation with its waits, in milliseconds. Default none. */
  readonly deadlineMs?: number | undefined;
  /** Bounds each attempt, in milliseconds. Default none: set it, or a hung attempt is the last. */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * Whether an attempt may be repeated although it may have had its effect (an error with
   * `delivered: "maybe"`). Default `false`. Say `true` only for what may safely happen twice.
   */
  readonly maybeDelivered?: boolean | undefined;
  /** Judges errors. Default {@link defaultClassify}. */
  readonly classify?: Classify<Target> | undefined;
}

/** What the function is told about the attempt it makes. */
export interface AttemptContext<Target = unknown> {
  /** 1 for the first call, then one more each time, moves included. */
  readonly attempt: number;
  /** Aborts when the caller gives up, the attempt takes too long or the deadline passes. */
  readonly signal: AbortSignal;
  /** Targets that failed in this operation. */
  readonly excluded: ReadonlySet<Target>;
  /** Milliseconds this attempt has got from its start; `Infinity` without a bound. */
  readonly timeoutMs: number;
  /** Names the target of this attempt: if it fails, the target is excluded from then on. */
  use(target: Target): void;
  /**
   * Says that nothing but excluded targets is left: all may be used again, and moved off once more
   * for free. Wait before you say so, or the operation goes round in circles.
   */
  liftExclusions(): void;
}

/** One decision to try again. */
export interface RetryEvent<Target = unknown> {
  readonly action: "retry" | "move";
  /** The attempt that failed. */
  readonly attempt: number;
  readonly error: unknown;
  readonly target: Target | undefined;
  /** The wait before the next attempt; 0 for a move. */
  readonly delayMs: number;
}

/** What one call of {@link retry} is given. */
export interface RetryOptions<Target = unknown> {
  /** Ends the operation at once, also during a wait, with its own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Draws the jitter. Default: the system's. */
  readonly random?: Random | undefined;
  /** Hears of every further attempt, before the wait for it. */
  readonly onRetry?: ((event: RetryEvent<Target>) => void) | undefined;
}

/**
 * Calls `fn` until it succeeds, its error is not worth repeating, or a bound is reached; then
 * throws the last error.
 *
 * @throws {@link ResilienceError} with kind `timeout` when the deadline passed or the next wait
 * would pass it (the cause is the last failure), and with `attempt-timeout` when that was the last
 * failure. The signal's own reason when that aborted.
 */
export async function retry<T, Target = unknown>(
  fn: (context: AttemptContext<Target>) => PromiseLike<T> | T,
  policy: RetryPolicy<Target> = {},
  options: RetryOptions<Target> = {},
): Promise<T> {
  checkPolicy(policy);
  return new Operation(policy, options).run(fn);
}

/** One call of {@link retry}. */
class Operation<Target> {
  readonly #policy: RetryPolicy<Target>;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onRetry: RetryOptions<Target>["onRetry"];
  readonly #deadlineAt: number;
  readonly #excluded = new Set<Target>();
  /** Targets whose free move is used up; `undefined` stands for all that were not named. */
  readonly #movedOff = new Set<Target | undefined>();
  #attempt = 0;
  #counted = 0;
  #moves = 0;
  #target: Target | undefined;
  /** The last failure, which becomes the cause if time runs out. */
  #failure: { readonly cause: unknown } | undefined;
  /** What the attempt that met the deadline was aborted with. */
  #expired: ResilienceError | undefined;

  constructor(policy: RetryPolicy<Target>, options: RetryOptions<Target>) {
    this.#policy = policy;
    this.#signal = options.signal;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#onRetry = options.onRetry;
    this.#deadlineAt = this.#clock.now() + (policy.deadlineMs ?? Number.POSITIVE_INFINITY);
  }

  async run<T>(fn: (context: AttemptContext<Target>) => PromiseLike<T> | T): Promise<T> {
    for (;;) {
      if (this.#clock.now() >= this.#deadlineAt) throw this.#outOfTime();
      try {
        return await this.#try(fn);
      } catch (error) {
        this.#signal?.throwIfAborted();
        const delayMs = this.#judge(error);
        if (delayMs > 0) await this.#clock.sleep(delayMs, { signal: this.#signal });
      }
    }
  }

  #try<T>(fn: (context: AttemptContext<Target>) => PromiseLike<T> | T): Promise<T> {
    const attempt = ++this.#attempt;
    const limit = this.#policy.attemptTimeoutMs ?? Number.POSITIVE_INFINITY;
    const left = this.#deadlineAt - this.#clock.now();
    this.#target = undefined;
    const context = {
      attempt,
      excluded: this.#excluded,
      timeoutMs: Math.min(limit, left),
      use: (target: Target): void => {
        if (attempt === this.#attempt) this.#target = target;
      },
      liftExclusions: (): void => {
        this.#excluded.clear();
        this.#movedOff.clear();
      },
    };
    return runBounded((signal) => fn({ ...context, signal }), {
      clock: this.#clock,
      signal: this.#signal,
      timeoutMs: context.timeoutMs,
      timeoutError: () => {
        if (left <= limit) return (this.#expired = this.#outOfTime());
        return new ResilienceError("attempt-timeout", `attempt ${attempt} took over ${limit} ms`);
      },
    });
  }

  /** Answers how long to wait before the next attempt, or throws what the operation ends with. */
  #judge(error: unknown): number {
    if (error === this.#expired) throw error;
    this.#failure = { cause: error };
    if (this.#expired !== undefined) throw this.#outOfTime();
    if (mayHaveStarted(error) && this.#policy.maybeDelivered !== true) throw error;
    const { action, target } = this.#verdict(error);
    if (action === "fail") throw error;
    if (target !== undefined) this.#excluded.add(target);
    if (action === "move" && !this.#movedOff.has(target) && this.#moves < MAX_MOVES) {
      this.#movedOff.add(target);
      this.#moves++;
      this.#onRetry?.({ action, attempt: this.#attempt, error, target, delayMs: 0 });
      return 0;
    }
    this.#counted++;
    if (this.#counted >= (this.#policy.maxAttempts ?? DEFAULT_MAX_ATTEMPTS)) throw error;
    const delayMs = backoffMs(this.#policy, this.#counted, this.#random);
    if (this.#clock.now() + delayMs >= this.#deadlineAt) throw this.#outOfTime();
    this.#onRetry?.({ action: "retry", attempt: this.#attempt, error, target, delayMs });
    return delayMs;
  }

  #verdict(error: unknown): { action: RetryAction; target: Target | undefined } {
    const verdict: RetryAction | RetryVerdict<Target> =
      this.#policy.classify?.(error) ?? defaultClassify(error);
    if (typeof verdict === "string") return { action: verdict, target: this.#target };
    return { action: verdict.action, target: verdict.target ?? this.#target };
  }

  #outOfTime(): ResilienceError {
    const message = `${this.#policy.deadlineMs} ms were not enough for ${this.#attempt} attempts`;
    return new ResilienceError("timeout", message, this.#failure ?? {});
  }
}

function checkPolicy<Target>(policy: RetryPolicy<Target>): void {
  const { maxAttempts = 1, classify } = policy;
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1) {
    throw new RangeError(`maxAttempts must be a whole number of at least 1, got ${maxAttempts}`);
  }
  for (const name of [
    "initialBackoffMs",
    "maxBackoffMs",
    "deadlineMs",
    "attemptTimeoutMs",
  ] as const) {
    const value = policy[name] ?? 0;
    if (!(value >= 0)) throw new RangeError(`${name} must be 0 or more, got ${value}`);
  }
  if (classify !== undefined && typeof classify !== "function") {
    throw new TypeError(`classify must be a function, got ${typeof classify}`);
  }
}
