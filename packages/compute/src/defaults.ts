/** The largest frame of a causal event without its length, in bytes (16 MiB). */
export const MAX_FRAME_BYTES = 16_777_216;
/** How long the answer of another node is waited for, in milliseconds. */
export const DEFAULT_HOST_DEADLINE_MS = 10_000;
/** The largest part of what travels in parts between hosts, in bytes (64 KiB). */
export const MAX_TRANSFER_PART_BYTES = 65_536;
/** What a host puts together from parts at once, over all callers, in bytes (256 MiB). */
export const DEFAULT_MAX_TRANSFER_BYTES = 268_435_456;
/** Members of one group. */
export const MAX_GROUP_SLOTS = 256;
/** How long placing a member may take, in milliseconds. */
export const DEFAULT_PLACEMENT_DEADLINE_MS = 10_000;
/** How long a node that did not take a member is left alone, in milliseconds. */
export const DEFAULT_PLACEMENT_COOLDOWN_MS = 5_000;
/** Nodes that are tried for each member of a group that begins or grows. */
export const MAX_PLACEMENT_ATTEMPTS = 3;
/** Members that are tried for one event. */
export const MAX_ROUTE_ATTEMPTS = 3;
/** Failures that a group keeps a record of. */
export const MAX_GROUP_FAILURES = 64;
/** Requests under way at one member of a group. */
export const DEFAULT_MAX_CONNECTIONS = 10_000;
/** Failures in a row after which a member gets no requests for a while. */
export const DEFAULT_CIRCUIT_FAILURES = 5;
/** How long that is, in milliseconds; then one request finds out. */
export const DEFAULT_CIRCUIT_OPEN_MS = 30_000;
/** Points of one endpoint on the ring of `consistent-hash`. */
export const RING_POINTS_PER_ENDPOINT = 150;
/** The mean load above which `adaptive` goes by requests under way. */
export const ADAPTIVE_HIGH_LOAD = 0.7;
/** Groups that a host of members knows at once. */
export const DEFAULT_MAX_HOSTED_GROUPS = 1_024;
/** How long a host remembers the terms of a group without members there, in milliseconds (1 hour). */
export const DEFAULT_FENCE_MEMORY_MS = 3_600_000;
/** Reports of one group that wait at a host to be acknowledged. */
export const MAX_KEPT_REPORTS = 64;
/** The same in bytes (64 MiB). */
export const MAX_KEPT_REPORT_BYTES = 67_108_864;
/** Origins in one horizon; beyond it the one observed longest ago is dropped. */
export const MAX_HORIZON_ORIGINS = 4_096;
/** Events that an {@link EntityLog} holds at once. */
export const DEFAULT_MAX_LOG_EVENTS = 100_000;
/** Bytes of randomness that an event may carry. */
export const MAX_EVENT_SEED_BYTES = 32;
/** The largest payload of an event that a host takes, in bytes (4 MiB). */
export const DEFAULT_MAX_EVENT_BYTES = 4_194_304;
/** The largest state that a snapshot may have, in bytes (64 MiB). */
export const DEFAULT_MAX_STATE_BYTES = 67_108_864;
/** The most that a state may be allowed to have, in bytes: what four bytes of length can say. */
export const MAX_STATE_BYTES = 4_294_967_295;
/** Outputs of one event. */
export const MAX_OUTPUTS = 1_024;
/** Outputs of one event, in bytes over all payloads (1 MiB). */
export const DEFAULT_MAX_OUTPUT_BYTES = 1_048_576;
/** Producers that a host remembers at once. */
export const DEFAULT_MAX_PRODUCERS = 1_024;
/** The most producers that a host may be told to remember, and that a snapshot may hold. */
export const MAX_PRODUCERS = 65_536;
/** Outcomes that a host remembers of one producer: how many events it may have under way at once. */
export const DEFAULT_MAX_OUTCOMES_PER_PRODUCER = 256;
/** The most outcomes of one producer that a host may be told to remember. */
export const MAX_OUTCOMES_PER_PRODUCER = 65_536;
/** Outcomes that a host remembers of all producers together, in bytes (4 MiB). */
export const DEFAULT_MAX_OUTCOME_BYTES = 4_194_304;
/** The most that a host may be told to remember of outcomes, in bytes (64 MiB). */
export const MAX_OUTCOME_BYTES = 67_108_864;
/** How long `process` may take before it is reported, in milliseconds. */
export const DEFAULT_LAG_THRESHOLD_MS = 50;
/** Events after which a snapshot is stored; 0: only when it is asked for. */
export const DEFAULT_AUTO_SNAPSHOT_INTERVAL = 0;
/** Events after which a snapshot is stored where a store is there, whatever the interval. */
export const DEFAULT_MAX_LOG_ENTRIES = 10_000;
/** Channels that one daemon may listen to. */
export const MAX_BINDINGS = 1_024;
/** The longest name of a channel, in bytes of UTF-8. */
export const MAX_CHANNEL_NAME_BYTES = 255;
/** The longest permission token of a binding, in bytes. */
export const MAX_BINDING_TOKEN_BYTES = 8_192;
/** The bindings of a snapshot, in bytes (16 MiB). */
export const MAX_BINDINGS_BYTES = 16_777_216;
/** The horizon of a snapshot, in bytes: all of its origins and 20 more. */
export const MAX_HORIZON_BYTES = 98_324;
/** The table of producers of a snapshot, in bytes (128 MiB). */
export const MAX_PRODUCER_TABLE_BYTES = 134_217_728;
/** Entities that a store in memory knows at once. */
export const DEFAULT_MAX_STORED_ENTITIES = 10_000;
/** How much the saturation of a daemon must change to be told. */
export const DEFAULT_SATURATION_STEP = 0.05;
/** Nodes that a placement decision lists by name, of those it chose from and of those it could not. */
export const MAX_CONSIDERED_NODES = 16;
/** Slots that a group attempts to recover in one call. */
export const MAX_RECOVERIES_PER_CALL = 4;
/** How long a standby may take to store an event before the group goes on without it, in milliseconds. */
export const DEFAULT_STORE_TIMEOUT_MS = 500;
/** How long an active waits before it tries a standby that failed again, in milliseconds. */
export const DEFAULT_STORE_RETRY_MS = 50;
/** The longest such pause: it doubles with each failure, in milliseconds. */
export const MAX_STORE_RETRY_MS = 1_000;
/** How long a member may take to say how it is, in milliseconds. */
export const DEFAULT_STATUS_TIMEOUT_MS = 1_000;
/** How long the active of a fenced group may serve after it renewed its term, in milliseconds. */
export const DEFAULT_LEASE_MS = 3_000;
/** Events that a standby keeps unapplied before it gets a state instead. */
export const DEFAULT_MAX_STANDBY_EVENTS = 10_000;
/** The same in bytes (16 MiB). */
export const DEFAULT_MAX_STANDBY_BYTES = 16_777_216;
/** Changes of the active that a member remembers. */
export const MAX_HISTORY_TERMS = 256;
/** Events that an active sends to a standby at once. */
export const MAX_STORE_BATCH_EVENTS = 256;
/** The same in bytes, but for one event that is larger (512 KiB). */
export const MAX_STORE_BATCH_BYTES = 524_288;
/** Events in one message between members. */
export const MAX_STORED_ENTRIES = 65_536;
/** The largest state in a message between members, in bytes (128 MiB). */
export const MAX_MEMBER_MESSAGE_BYTES = 134_217_728;
