/** Deadline of a call that names none, in milliseconds. */
export const DEFAULT_DEADLINE_MS = 30_000;
/** Calls that a service runs at once. */
export const DEFAULT_MAX_IN_FLIGHT = 1_024;
/** Calls of a service that may wait until another one has ended. */
export const DEFAULT_QUEUE = 0;
/** How long the answers of calls with an idempotency key are kept, in milliseconds (10 minutes). */
export const DEFAULT_REPLAY_TTL_MS = 600_000;
/** Calls with an idempotency key that a server remembers. */
export const DEFAULT_REPLAY_ENTRIES = 65_536;
/** What a server keeps of their answers, in bytes (64 MiB). */
export const DEFAULT_REPLAY_BYTES = 67_108_864;
/** The longest idempotency key, in characters. */
export const MAX_IDEMPOTENCY_KEY_LENGTH = 255;
/** The largest request or response body, in bytes (4 MiB). */
export const DEFAULT_MAX_BODY_BYTES = 4_194_304;
/**
 * Of the requests of a stream so much is kept, in bytes (256 KiB), so that the call can still move to
 * another provider; what was sent beyond that binds it to the one that it is at.
 */
export const DEFAULT_REPLAY_BUFFER_BYTES = 262_144;
/** A provider's priority class when it names none: lower is preferred, as in DNS SRV. */
export const DEFAULT_PRIORITY = 0;
/** A provider's share within its class when it names none. */
export const DEFAULT_WEIGHT = 1;
/** How long a handshake may take before the next provider's starts beside it, in milliseconds. */
export const DEFAULT_RACE_DELAY_MS = 100;
/** How long a provider is avoided after a verdict, in milliseconds; doubles per verdict. */
export const DEFAULT_PENALTY_MS = 1_000;
/** The longest that a provider is avoided, in milliseconds. */
export const DEFAULT_MAX_PENALTY_MS = 60_000;
/** Verdicts older than this no longer double the penalty, in milliseconds (10 minutes). */
export const DEFAULT_PENALTY_MEMORY_MS = 600_000;
/** How long a provider takes to get back to its full share after a penalty, in milliseconds. */
export const DEFAULT_RAMP_MS = 10_000;
/** The share of picks that a returning provider starts with. */
export const DEFAULT_RAMP_START = 0.1;
/** Calls that leave a lost provider together spread over this time, in milliseconds. */
export const DEFAULT_MOVE_JITTER_MS = 25;
/**
 * A measured latency counts the less the older it is: by a factor of e per this time, in
 * milliseconds.
 */
export const DEFAULT_LATENCY_DECAY_MS = 10_000;
/** A provider whose last measurement is older than this is measured again, in milliseconds. */
export const DEFAULT_LATENCY_STALE_MS = 10_000;
/** With `lowest-latency`, the share of calls that measures providers, if there are any to measure. */
export const DEFAULT_EXPLORATION_SHARE = 0.05;
/** Services whose calls are counted apart, each way; those beyond are counted together. */
export const MAX_METRIC_SERVICES = 4_096;
/** The name under which calls of services beyond {@link MAX_METRIC_SERVICES} are counted. */
export const OVERFLOW_SERVICE = "__overflow__";
/** The name under which calls of services that are not served here are counted. */
export const UNKNOWN_SERVICE = "__unknown__";
/** With how many providers of each lately called service sessions are kept. */
export const DEFAULT_WARM_CANDIDATES = 2;
/** For how many services, the latest called, sessions are kept. */
export const DEFAULT_WARM_SERVICES = 64;
/** For how long after its last call sessions are kept for a service, in milliseconds (10 minutes). */
export const DEFAULT_WARM_MS = 600_000;
/** Handshakes under way at once only to keep sessions. */
export const MAX_WARM_DIALS = 4;
/** Calls that wait at once for a provider to take another stream. */
export const MAX_QUEUED_CALLS = 4_096;
/** The transport protocol number of calls. */
export const NRPC_PROTOCOL = 1;
