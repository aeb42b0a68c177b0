/** Where a node listens when it is not told: a free port on this machine only. */
export const DEFAULT_LISTEN = "127.0.0.1:0";
/** First wait before a configured peer is dialled again, in milliseconds; doubles. */
export const DEFAULT_REDIAL_MS = 100;
/** Longest wait before a configured peer is dialled again, in milliseconds. */
export const DEFAULT_MAX_REDIAL_MS = 5_000;
/** Status events kept for a reader that falls behind; older ones are dropped. */
export const DEFAULT_STATUS_BUFFER = 1_024;
