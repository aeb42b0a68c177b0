/** Between the starts of two probes of one target, in milliseconds. */
export const DEFAULT_INTERVAL_MS = 30_000;

/** A probe that takes longer has failed, in milliseconds. */
export const DEFAULT_PROBE_TIMEOUT_MS = 5000;

/** Failed probes in a row that make a target unhealthy. */
export const DEFAULT_UNHEALTHY_AFTER = 3;

/** Good probes in a row that make an unhealthy target healthy again. */
export const DEFAULT_HEALTHY_AFTER = 2;
