import type { Listen } from "@selvage/core";

import { runBounded } from "./bounded.ts";
import { number } from "./checks.ts";
import { ResilienceError } from "./errors.ts";
import { type Policy, type PolicyConfig, portsOf } from "./policy.ts";

/** Construction options of {@link timeout}. */
export interface TimeoutConfig extends PolicyConfig {
  /**
   * How long a function may go on after its signal aborted, in milliseconds, to clean up or to say
   * what it waited for. Default 0: it has the rest of that turn of the event loop.
   */
  readonly graceMs?: number | undefined;
}

/** A call took too long; its signal aborts next. */
export interface TimeoutEvent {
  readonly type: "timeout";
  readonly timeoutMs: number;
}

/** Made by {@link timeout}. */
export interface TimeoutPolicy extends Policy {
  readonly onEvent: Listen<TimeoutEvent>;
}

/**
 * Bounds how long a call takes: then its signal aborts, and the caller hears of it even if the
 * function does not listen. What the function answers within the grace period counts. After a
 * success the signal never aborts.
 *
 * The call rejects with a {@link ResilienceError} of kind `timeout`.
 *
 * @throws RangeError for a negative time.
 */
export function timeout(timeoutMs: number, config: TimeoutConfig = {}): TimeoutPolicy {
  const { clock, events } = portsOf<TimeoutEvent>(config);
  number("timeoutMs", timeoutMs);
  const graceMs = number("graceMs", config.graceMs ?? 0);
  const timeoutError = (): unknown => {
    events.emit({ type: "timeout", timeoutMs });
    return new ResilienceError("timeout", `no answer within ${timeoutMs} ms`);
  };
  return {
    onEvent: events.on,
    execute: (fn, options) =>
      runBounded(fn, { ...options }, { clock, timeoutMs, graceMs, timeoutError }),
  };
}
