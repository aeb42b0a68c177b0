/** When the first stream is opened, in virtual milliseconds. */
export const TRAFFIC_FROM_MS = 1_000;
/** Faults happen from here until everything is healed, which each seed has its own time for. */
export const FAULTS_FROM_MS = 2_000;
/** The earliest and the latest time at which everything is healed. */
export const HEAL_FROM_MS = 18_000;
export const HEAL_UNTIL_MS = 60_000;
/** For how long after that streams are still opened. */
export const LATE_TRAFFIC_MS = 3_000;
/** How soon after everything is healed every stream is over. */
export const CONVERGE_MS = 25_000;
/** How soon after everything is healed every pair that dials gets through. */
export const RECONNECT_MS = 15_000;
/** What is over may take this long to be let go. */
export const QUIET_MS = 6_000;

/** Two nodes that were well and in reach of each other for so long have no reason to give up. */
export const SETTLED_MS = 8_000;
/** How long a peer that cannot be heard may count as alive: 10 s and some slack. */
export const DEAF_MS = 13_000;
/** How soon a goodbye that could be heard has been heard. */
export const GOODBYE_MS = 2_000;
/** For how long before a goodbye the links must have been good, for it to be heard. */
export const HEARD_MS = 1_000;
/** How long closing everything may take. */
export const CLOSING_MS = 20_000;
/** How long a closed process may take to let everything go: the pause of a `sendWithRetry`. */
export const LEAK_AFTER_MS = 250;
/** How often conditions that nobody reports are looked at. */
export const LOOK_MS = 250;
