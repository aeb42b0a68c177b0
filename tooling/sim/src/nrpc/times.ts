/** When calls begin, in virtual milliseconds. */
export const CALLS_FROM_MS = 1_000;
/** Faults happen from here … */
export const FAULTS_FROM_MS = 1_800;
/** … to here, and by then all of them are repaired … */
export const REPAIRED_BY_MS = 9_500;
/** … but for seeds in which troubles last long enough for nodes to count as failed. */
export const LONG_REPAIRED_BY_MS = 26_000;
/** Calls are made for so much longer than there are faults. */
export const CALLS_AFTER_MS = 1_500;
/** The longest deadline that is drawn. */
export const MAX_DEADLINE_MS = 6_000;
/** So much later than the last deadline nothing of calls may be left. */
export const QUIET_AFTER_MS = 1_500;
/** When all is well, a service that can be called answers within this. */
export const WELL_MS = 6_000;
/** Everything is closed so much later than that. */
export const CLOSE_AFTER_MS = 500;

/** How long a provider must have been usable before the deadline of a call that is owed an answer. */
export const GUARANTEE_MS = 2_000;
/** How much later than its deadline a call may end. */
export const END_SLACK_MS = 50;
/** How long what was sent in time may be under way, through others too. */
export const UNDER_WAY_MS = 400;
/** How soon a handler hears that nobody waits for it, when both ends are well and in reach. */
export const HEARD_MS = 800;
/** … for so long before the call ended. */
export const IN_REACH_MS = 1_000;
/** By how much clocks may disagree within a call. */
export const CLOCKS_MS = 1;
