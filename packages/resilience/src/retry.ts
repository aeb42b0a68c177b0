import type { Listen } from "@selvage/core";

import { type BackoffConfig, createBackoff } from "./backoff.ts";
import { callable, number, whole } from "./checks.ts";
import { type Classify, defaultClassify } from "./classify.ts";
import { DEFAULT_MAX_ATTEMPTS } from "./defaults.ts";
import { type Policy, type PolicyConfig, type PolicyContext, portsOf } from "./policy.ts";
import type { RetryBudget } from "./retry-budget.ts";
import { runOperation } from "./retry-operation.ts";

/** Construction options of {@link retry}: when and how often to try again. */
export interface RetryConfig<Target = unknown> extends BackoffConfig, PolicyConfig {
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
  /** Keeps retries a fraction of all calls; moves are free. Default none. */
  readonly budget?: RetryBudget | undefined;
}

/** What the function is told about the attempt it makes. */
export interface AttemptContext<Target = unknown> extends PolicyContext {
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

/** Why an operation ended although its last error might be repeated. */
export type GiveUpReason = "attempts" | "deadline" | "budget" | "pushback";

/** A decision after a failed attempt. Errors that are not worth repeating cause none. */
export type RetryEvent<Target = unknown> = {
  /** The attempt that failed. */
  readonly attempt: number;
  readonly error: unknown;
  readonly target: Target | undefined;
} & (
  | {
      readonly type: "retry" | "move";
      /** The wait before the next attempt; 0 for a move. */
      readonly delayMs: number;
    }
  | { readonly type: "give-up"; readonly reason: GiveUpReason }
);

/** Made by {@link retry}. */
export interface RetryPolicy<Target = unknown> extends Policy<never, AttemptContext<Target>> {
  /** Hears of every further attempt before the wait for it, and of giving up. */
  readonly onEvent: Listen<RetryEvent<Target>>;
}

/**
 * Calls a function until it succeeds, its error is not worth repeating, or a bound is reached; then
 * the last error is thrown.
 *
 * The call rejects with a {@link ResilienceError} of kind `timeout` when the deadline passed or the
 * next wait would pass it (the cause is the last failure), and when the last attempt took too long.
 *
 * @throws RangeError or TypeError naming the option that is wrong.
 */
export function retry<Target = unknown>(config: RetryConfig<Target> = {}): RetryPolicy<Target> {
  createBackoff(config);
  whole("maxAttempts", config.maxAttempts ?? DEFAULT_MAX_ATTEMPTS);
  number("deadlineMs", config.deadlineMs ?? 0);
  number("attemptTimeoutMs", config.attemptTimeoutMs ?? 0);
  callable("classify", config.classify ?? defaultClassify);
  const ports = portsOf<RetryEvent<Target>>(config);
  return {
    onEvent: ports.events.on,
    execute: (fn, options) => runOperation(fn, options, config, ports),
  };
}
