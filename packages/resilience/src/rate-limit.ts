import type { Listen } from "@selvage/core";

import { FOREVER, number, whole } from "./checks.ts";
import { DEFAULT_PER_MS } from "./defaults.ts";
import { ResilienceError } from "./errors.ts";
import { type ExecuteOptions, passOn, type Policy, type PolicyContext, run } from "./policy.ts";
import { type QueueConfig, type QueueEvent, WaitLine } from "./wait-line.ts";

/** Construction options of {@link rateLimit}. */
export interface RateLimitConfig extends QueueConfig {
  /** Calls in `perMs`, 1 or more. */
  readonly limit: number;
  /** The time that `limit` is about, in milliseconds. Default 1,000. */
  readonly perMs?: number | undefined;
  /** Calls that may come at once after a pause, 1 or more. Default: `limit`. */
  readonly burst?: number | undefined;
}

/** What a rate-limited call is told. */
export interface RateLimitOptions extends ExecuteOptions {
  /** As how many calls it counts, 1 or more, at most `burst`. Default 1. */
  readonly count?: number | undefined;
}

/** Made by {@link rateLimit}. */
export interface RateLimitPolicy extends Policy {
  readonly onEvent: Listen<QueueEvent>;
  /** Calls that wait now. */
  readonly queued: number;
  execute<R>(
    fn: (context: PolicyContext) => PromiseLike<R> | R,
    options?: RateLimitOptions,
  ): Promise<R>;
  /**
   * Admits a call without waiting: 0 if it may be made now, otherwise in how many milliseconds, and
   * nothing was taken. For servers, who answer with that number.
   */
  take(count?: number): number;
}

/**
 * Bounds how many calls are made in a time, evenly apart from bursts. Those that wait are served in
 * the order they came; who gives up leaves no gap.
 *
 * The algorithm is GCRA (ITU-T I.371): it remembers one point in time, when the bucket would be
 * empty again, and needs no timer but for the first who waits. A refused call rejects with a
 * {@link ResilienceError} of kind `rate-limited` with `retryAfterMs`.
 *
 * @throws RangeError or TypeError naming the option that is wrong.
 */
export function rateLimit(config: RateLimitConfig): RateLimitPolicy {
  const limit = whole("limit", config.limit);
  const intervalMs = number("perMs", config.perMs ?? DEFAULT_PER_MS, 1) / limit;
  const burst = whole("burst", config.burst ?? limit);
  const line = new WaitLine(config, (retryAfterMs) => {
    const text = `next try in ${Math.ceil(retryAfterMs)} ms`;
    return new ResilienceError("rate-limited", text, { retryAfterMs });
  });
  const { clock, events } = line;
  /** The "theoretical arrival time": until then, calls already made take up the rate. */
  let busyUntil = -FOREVER;
  let timer: Disposable | undefined;

  /** Takes the room for `count` calls behind `ahead` others, or answers in how long there is. */
  const claim = (count: number, ahead: number): number => {
    const now = clock.now();
    const from = Math.max(busyUntil, now);
    const waitMs = from + (ahead + count - burst) * intervalMs - now;
    if (waitMs > ROUNDING_MS) return waitMs;
    busyUntil = from + count * intervalMs;
    return 0;
  };

  /** Lets those go whose time has come, and sets the timer for the next. */
  const serve = (): void => {
    let waitMs = 0;
    for (let first = line.first; first !== undefined && waitMs === 0; first = line.first) {
      waitMs = claim(first.count, 0);
      if (waitMs === 0) line.grant();
    }
    // Not before: whoever is let go may make another call, which sets the timer, too.
    timer?.[Symbol.dispose]();
    if (waitMs > 0) timer = clock.setTimeout(serve, waitMs);
  };

  const take = (count: number = 1): number => {
    whole("count", count, 1, burst);
    serve();
    return claim(count, line.count);
  };

  return {
    onEvent: events.on,
    take,
    get queued() {
      return line.size;
    },
    execute: async (fn, options = {}) => {
      const { signal, count = 1 } = options;
      signal?.throwIfAborted();
      const begin = () => run(fn, passOn(options));
      const waitMs = take(count);
      if (waitMs === 0) return await begin();
      // Whoever gives up no longer holds up the others.
      const result = line.join({ count, signal, waitMs, onGiveUp: serve }, begin);
      serve();
      return await result;
    },
  };
}

/** Less is within what clocks and sums are wrong by, in milliseconds. */
const ROUNDING_MS = 0.001;
