/**
 * Retry, hedge and circuit breaker over any async function, with injected time: no mesh needed.
 *
 * @packageDocumentation
 */
export {
  retry,
  type AttemptContext,
  type RetryEvent,
  type RetryOptions,
  type RetryPolicy,
} from "./retry.ts";
export { hedge, type HedgeContext, type HedgeOptions, type HedgePolicy } from "./hedge.ts";
export { LatencyTracker } from "./latency-tracker.ts";
export {
  CircuitBreaker,
  type AdmitOptions,
  type BreakerLease,
  type BreakerState,
  type BreakerTransition,
  type CircuitBreakerConfig,
} from "./circuit-breaker.ts";

export { backoffMs, type BackoffPolicy } from "./backoff.ts";
export {
  defaultBreakerFailure,
  defaultClassify,
  type Classify,
  type RetryAction,
  type RetryVerdict,
} from "./classify.ts";
export {
  DEFAULT_BACKOFF_MULTIPLIER,
  DEFAULT_FAILURE_THRESHOLD,
  DEFAULT_HEDGE_DELAY_MS,
  DEFAULT_HEDGES,
  DEFAULT_INITIAL_BACKOFF_MS,
  DEFAULT_LATENCY_SAMPLES,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_MAX_BACKOFF_MS,
  DEFAULT_MAX_RESET_AFTER_MS,
  DEFAULT_RESET_AFTER_MS,
  DEFAULT_SUCCESS_THRESHOLD,
  MAX_MOVES,
  RESET_JITTER,
} from "./defaults.ts";

export {
  ResilienceError,
  resilienceErrorKinds,
  type ResilienceErrorKind,
  type ResilienceErrorOptions,
} from "./errors.ts";
