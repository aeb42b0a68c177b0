/**
 * Retry, hedge, timeout, circuit breaker, bulkhead, rate limit and fallback over any async
 * function, alone or composed, with injected time: no mesh needed.
 *
 * @packageDocumentation
 */
export { compose, type ComposedPolicy } from "./compose.ts";
export type { ExecuteOptions, Policy, PolicyConfig, PolicyContext } from "./policy.ts";

export {
  retry,
  type AttemptContext,
  type GiveUpReason,
  type RetryConfig,
  type RetryEvent,
  type RetryPolicy,
} from "./retry.ts";
export { RetryBudget, type RetryBudgetConfig } from "./retry-budget.ts";
export { createBackoff, type BackoffConfig, type Jitter } from "./backoff.ts";
export {
  defaultBreakerFailure,
  defaultClassify,
  type Classify,
  type RetryAction,
  type RetryVerdict,
} from "./classify.ts";

export {
  hedge,
  type HedgeConfig,
  type HedgeContext,
  type HedgeEvent,
  type HedgePolicy,
} from "./hedge.ts";
export { LatencyTracker } from "./latency-tracker.ts";

export { timeout, type TimeoutConfig, type TimeoutEvent, type TimeoutPolicy } from "./timeout.ts";

export {
  CircuitBreaker,
  type AdmitOptions,
  type BreakerEvent,
  type BreakerLease,
  type CircuitBreakerConfig,
} from "./circuit-breaker.ts";
export type { BreakerSnapshot, BreakerState } from "./breaker-state.ts";
export type {
  BreakerTrip,
  ConsecutiveTrip,
  CountTrip,
  SamplingTrip,
  TripRates,
  WindowSlot,
} from "./call-window.ts";

export { Bulkhead, type BulkheadConfig } from "./bulkhead.ts";
export {
  rateLimit,
  type RateLimitConfig,
  type RateLimitOptions,
  type RateLimitPolicy,
} from "./rate-limit.ts";
export type { QueueConfig, QueueEvent } from "./wait-line.ts";
export {
  fallback,
  type FallbackConfig,
  type FallbackEvent,
  type FallbackPolicy,
} from "./fallback.ts";

export {
  DEFAULT_BACKOFF_MULTIPLIER,
  DEFAULT_BUDGET_TOKENS,
  DEFAULT_FAILURE_RATE,
  DEFAULT_FAILURE_THRESHOLD,
  DEFAULT_HEDGE_DELAY_MS,
  DEFAULT_HEDGE_RATIO,
  DEFAULT_HEDGES,
  DEFAULT_INITIAL_BACKOFF_MS,
  DEFAULT_LATENCY_SAMPLES,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_MAX_BACKOFF_MS,
  DEFAULT_MAX_CONCURRENT,
  DEFAULT_MAX_QUEUE,
  DEFAULT_MAX_RESET_AFTER_MS,
  DEFAULT_MINIMUM_CALLS,
  DEFAULT_PER_MS,
  DEFAULT_RESET_AFTER_MS,
  DEFAULT_RETRY_RATIO,
  DEFAULT_SLOW_RATE,
  DEFAULT_SUCCESS_THRESHOLD,
  MAX_MOVES,
  RESET_JITTER,
  WINDOW_SLOTS,
} from "./defaults.ts";

export {
  isResilienceError,
  ResilienceError,
  resilienceErrorKinds,
  type ResilienceErrorKind,
  type ResilienceErrorOptions,
} from "./errors.ts";
