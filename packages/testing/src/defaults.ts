/** Virtual wall-clock start: 2026-01-01T00:00:00Z, in milliseconds since the Unix epoch. */
export const DEFAULT_WALL_START_MS = 1_767_225_600_000;

/** How much virtual time `runUntil` and `settle` give a condition, in milliseconds. */
export const DEFAULT_LIMIT_MS = 60_000;

/**
 * Turns one node, or passes one clock, may make while virtual time stands still. Beyond it the
 * code is taken for an endless loop (kind `livelock`).
 */
export const MAX_TURNS_AT_ONE_TIME = 10_000;

/** Datagrams one turn of a simulated node delivers at most: libuv reads about as many at once. */
export const TURN_DATAGRAMS = 32;

/** The shortest timer of a simulated node, in milliseconds: Node rounds shorter ones up to it. */
export const MIN_TIMER_MS = 1;

/** First port that `bind` gives out when none is asked for. */
export const FIRST_EPHEMERAL_PORT = 40_000;

/** The largest UDP payload over IPv4, in bytes. */
export const DEFAULT_MAX_DATAGRAM_BYTES = 65_507;

/** Linux' default socket receive buffer as read back, in bytes. */
export const DEFAULT_RECEIVE_BUFFER_BYTES = 212_992;

/** How long a probe waits for a refusal before it answers `unknown`, in milliseconds. */
export const PROBE_WAIT_MS = 100;

/** The most a bandwidth-limited link holds back, in milliseconds of its own speed. */
export const LINK_QUEUE_MS = 200;
