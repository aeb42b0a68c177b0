/** How often `retry` calls its function at most, the first call included. */
export const DEFAULT_MAX_ATTEMPTS = 3;

/** The wait after the first failed attempt, in milliseconds, before jitter. */
export const DEFAULT_INITIAL_BACKOFF_MS = 50;

/** No wait between attempts is longer, in milliseconds, jitter included. */
export const DEFAULT_MAX_BACKOFF_MS = 1000;

/** By how much the wait grows with every failed attempt. */
export const DEFAULT_BACKOFF_MULTIPLIER = 2;

/**
 * Free moves in one operation. Each needs a target that had not failed before, so candidates run
 * out first; the bound is for a function that invents targets.
 */
export const MAX_MOVES = 100;

/** Tokens of a `RetryBudget`: half of them may be spent in a row. */
export const DEFAULT_BUDGET_TOKENS = 10;

/** What a success gives back to a `RetryBudget`: retries are a tenth of calls in the long run. */
export const DEFAULT_RETRY_RATIO = 0.1;

/** The same for the budget that `hedge` has of its own: a twentieth, which is what p95 asks for. */
export const DEFAULT_HEDGE_RATIO = 0.05;

/**
 * How long `hedge` waits at least for one attempt before it starts the next beside it, in
 * milliseconds, and how long while it has seen no latencies.
 */
export const DEFAULT_HEDGE_DELAY_MS = 50;

/** How many attempts `hedge` adds to the first. */
export const DEFAULT_HEDGES = 1;

/** How many of the newest durations a `LatencyTracker` keeps. */
export const DEFAULT_LATENCY_SAMPLES = 128;

/** Failures in a row that open a breaker without a window. */
export const DEFAULT_FAILURE_THRESHOLD = 5;

/** The share of failures in its window that opens a breaker. */
export const DEFAULT_FAILURE_RATE = 0.5;

/** The share of slow calls in its window that opens a breaker. */
export const DEFAULT_SLOW_RATE = 1;

/** With fewer calls in its window, a sampling breaker does not open. */
export const DEFAULT_MINIMUM_CALLS = 20;

/** Into how many parts the window of a sampling breaker is cut: old calls go by these. */
export const WINDOW_SLOTS = 10;

/** Successful probes in a row that close a breaker again. */
export const DEFAULT_SUCCESS_THRESHOLD = 1;

/** How long a breaker stays open the first time, in milliseconds, before jitter. */
export const DEFAULT_RESET_AFTER_MS = 1000;

/** It doubles with each opening in a row up to this, in milliseconds, jitter included. */
export const DEFAULT_MAX_RESET_AFTER_MS = 30_000;

/** The open time varies by this share either way, so that many breakers do not probe together. */
export const RESET_JITTER = 0.2;

/** Calls that a `Bulkhead` runs at once. */
export const DEFAULT_MAX_CONCURRENT = 10;

/** Calls that wait for a `Bulkhead` or `rateLimit`: none, unless asked for. */
export const DEFAULT_MAX_QUEUE = 0;

/** The time in which `rateLimit` admits as many calls as it is told, in milliseconds. */
export const DEFAULT_PER_MS = 1000;
