/** How long callers of the peers wait for an answer, each time that they ask, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 2_000;
