/** How often neighbours compare what they hold, in milliseconds. */
export const DIGEST_INTERVAL_MS = 2_000;
/** Ordinary changes of what a node announces within this time travel as one, in milliseconds. */
export const COALESCE_MS = 20;
/** Ordinary changes told at once, and per second. */
export const CHANGE_BURST = 10;
export const CHANGES_PER_SECOND = 1;
/** Urgent changes (serving, withdrawing) told at once, and per second; more are ordinary. */
export const URGENT_BURST = 50;
export const URGENT_PER_SECOND = 8;
/**
 * Announcements of one node taken at once, and per second: above what an honest one sends. What is
 * dropped so comes with the next sync.
 */
export const ORIGIN_BURST = 64;
export const ORIGIN_PER_SECOND = 16;
