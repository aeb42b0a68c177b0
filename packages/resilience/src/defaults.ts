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

/** How long `hedge` waits for one attempt before it starts the next beside it, in milliseconds. */
export const DEFAULT_HEDGE_DELAY_MS = 50;

/** How many attempts `hedge` adds to the first. */
export const DEFAULT_HEDGES = 1;

/** How many of the newest durations a `LatencyTracker` keeps. */
export const DEFAULT_LATENCY_SAMPLES = 128;

/** Failures in a row that open a breaker. */
export const DEFAULT_FAILURE_THRESHOLD = 5;

/** Successful probes in a row that close it again. */
export const DEFAULT_SUCCESS_THRESHOLD = 1;

/** How long a breaker stays open the first time, in milliseconds, before jitter. */
export const DEFAULT_RESET_AFTER_MS = 1000;

/** It doubles with each opening in a row up to this, in milliseconds, jitter included. */
export const DEFAULT_MAX_RESET_AFTER_MS = 30_000;

/** The open time varies by this share either way, so that many breakers do not probe together. */
export const RESET_JITTER = 0.2;
