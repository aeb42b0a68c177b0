/** When the caller starts to call, in virtual milliseconds. */
export const CALLS_FROM_MS = 1_000;
/** Faults happen from here … */
export const FAULTS_FROM_MS = 3_000;
/** … to here, and by then all of them are repaired. */
export const REPAIRED_BY_MS = 46_000;
/** The last call starts here. */
export const CALLS_UNTIL_MS = 51_000;
/** By then every call has ended, if deadlines mean anything. */
export const QUIET_FROM_MS = 62_000;
/** Then everything is closed. */
export const CLOSE_AT_MS = 65_000;

/** How long a provider must have been usable before a safe call's deadline to be owed an answer. */
export const GUARANTEE_MS = 2_000;
/** The deadline of safe calls. */
export const SAFE_DEADLINE_MS = 10_000;
/** How much later than its deadline a call may end. */
export const END_SLACK_MS = 50;
/** How soon after the last repair all nodes know each other's services again. */
export const REDISCOVERY_MS = 15_000;
/** How soon a goodbye that could be heard has been heard. */
export const GOODBYE_MS = 2_000;
/** How long a dead provider, with whom a session stood, may stay listed: 10 s and some slack. */
export const DEAD_LISTED_MS = 13_000;
