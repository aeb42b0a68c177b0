/** All nodes have been started by then, in virtual milliseconds. */
export const STARTED_BY_MS = 2_500;
/** Nodes change what they say from here on, and faults happen … */
export const TROUBLE_FROM_MS = 4_000;
/** … until everything is repaired, which each seed has its own time for: between these two … */
export const REPAIR_FROM_MS = 14_000;
export const REPAIR_UNTIL_MS = 24_000;
/** … or, in a long run, about then: what a node died with early has expired by the end. */
export const LONG_REPAIR_MS = 52_000;

/**
 * How soon after the last repair all live nodes agree: the longest wait before a configured peer is
 * dialled again (5 s), a handshake that began in the trouble and must time out first (5 s), three
 * digests that must differ before tables are compared (6 s), and what is then told from hop to hop.
 */
export const CONVERGE_MS = 20_000;
/** For how long afterwards nothing changes. */
export const QUIET_MS = 6_000;
/** How soon everybody knows of something new when all is well. */
export const NEWS_MS = 3_000;
/** How soon a goodbye that could be heard was heard by its neighbours. */
export const GOODBYE_MS = 2_000;
/** For how long before a goodbye the links must have been good, for it to be heard. */
export const HEARD_MS = 1_000;
/** Two nodes that have been well and in touch for so long know that of each other. */
export const SETTLED_MS = 5_000;
/** How long an announcement may be on its way between two nodes that are well, uncounted. */
export const ON_THE_WAY_MS = 5_000;
/** A link that carries nothing holds a message back no longer: then its session has failed. */
export const HELD_BACK_MS = 13_000;

/** How often everybody's list is looked at. */
export const LOOK_MS = 200;
/** How often what changes slowly is looked at. */
export const SLOW_LOOK_MS = 1_000;
/** How often one looks when it is the moment that counts. */
export const CLOSE_LOOK_MS = 50;
/** How long closing everything may take. */
export const CLOSING_MS = 20_000;
/** How long a closed process may take to let everything go. */
export const LEAK_AFTER_MS = 1_000;
