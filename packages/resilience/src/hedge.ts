import type { Listen } from "@selvage/core";

import { callable, number, whole } from "./checks.ts";
import { isWorthRepeating } from "./classify.ts";
import { DEFAULT_HEDGE_RATIO, DEFAULT_HEDGES } from "./defaults.ts";
import { type HedgeParts, race } from "./hedge-race.ts";
import { LatencyTracker } from "./latency-tracker.ts";
import { type Policy, type PolicyConfig, type PolicyContext, portsOf } from "./policy.ts";
import { RetryBudget } from "./retry-budget.ts";

/** Construction options of {@link hedge}: how many attempts race, and when each starts. */
export interface HedgeConfig extends PolicyConfig {
  /** Attempts added to the first, 0 or more. Default 1. */
  readonly hedges?: number | undefined;
  /**
   * How long to wait for the attempts under way before one more starts, in milliseconds; a
   * function is asked each time. Default: what `latencies` says, max(50 ms, observed p95).
   */
  readonly delayMs?: number | (() => number) | undefined;
  /** Where the durations of attempts are kept. Default: a tracker of this policy's own. */
  readonly latencies?: LatencyTracker | undefined;
  /**
   * Keeps further attempts a fraction of all calls. Share that of the `retry` around it. Default:
   * one of this policy's own, five in a row and 5 % in the long run.
   */
  readonly budget?: RetryBudget | undefined;
  /**
   * Errors that end the race at once, because another attempt would only get the same. Default:
   * those that `defaultClassify` would not repeat.
   */
  readonly isFinal?: ((error: unknown) => boolean) | undefined;
}

/** What the function is told about the attempt it makes. */
export interface HedgeContext extends PolicyContext {
  /** 0 for the first attempt, 1 for the first hedge. */
  readonly index: number;
  /** Aborts when another attempt won (kind `superseded`) or the caller gave up. */
  readonly signal: AbortSignal;
}

/** One more attempt starts, or would have, had the budget allowed it. */
export interface HedgeEvent {
  readonly type: "hedge" | "over-budget";
  /** That of the attempt. */
  readonly index: number;
  /** Whether those before take long or one of them failed. */
  readonly cause: "slow" | "failure";
}

/** Made by {@link hedge}. */
export interface HedgePolicy extends Policy<never, HedgeContext> {
  readonly onEvent: Listen<HedgeEvent>;
}

/**
 * Races attempts that start one after the other, and answers with the first success.
 *
 * Attempt i starts when those before have taken `i · delayMs`, or as soon as a running one fails.
 * The losers' signals abort and nobody waits for them. If all fail, the error is that of the lowest
 * index, whatever the order in which they failed. Only for work that may safely happen twice.
 *
 * @throws RangeError or TypeError naming the option that is wrong.
 */
export function hedge(config: HedgeConfig = {}): HedgePolicy {
  const { latencies = new LatencyTracker() } = config;
  const { delayMs = latencies.hedgeDelay() } = config;
  const { budget = new RetryBudget({ tokenRatio: DEFAULT_HEDGE_RATIO }) } = config;
  if (typeof delayMs !== "function") number("delayMs", delayMs);
  const parts: HedgeParts = {
    hedges: whole("hedges", config.hedges ?? DEFAULT_HEDGES, 0),
    delayMs: typeof delayMs === "function" ? delayMs : () => delayMs,
    latencies,
    budget,
    isFinal: callable("isFinal", config.isFinal ?? ((error) => !isWorthRepeating(error))),
    ...portsOf<HedgeEvent>(config),
  };
  return {
    onEvent: parts.events.on,
    execute: async (fn, options) => {
      options?.signal?.throwIfAborted();
      return await race(fn, options, parts);
    },
  };
}
