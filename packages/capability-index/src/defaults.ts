/** How long an announcement holds unless said otherwise, in seconds. */
export const DEFAULT_TTL_SECONDS = 300;
/** The shortest lifetime that receivers take, in seconds: less would drown the mesh in renewals. */
export const MIN_TTL_SECONDS = 30;
/** The longest lifetime that receivers take, in seconds: how long a dead node may be remembered. */
export const MAX_TTL_SECONDS = 900;
/** Nodes that an announcement went through, as far as they are counted. */
export const MAX_HOPS = 64;
/**
 * How far a signature's wall time may be off the receiver's, in milliseconds (24 h). Lifetimes do
 * not depend on it: it only keeps recordings from long ago out.
 */
export const MAX_WALL_CLOCK_SKEW_MS = 86_400_000;
/** The largest announcement that receivers take, in bytes. */
export const MAX_ANNOUNCEMENT_BYTES = 65_536;
/** Tags in one capability set. */
export const MAX_TAGS = 1_024;
/** The longest tag, in bytes of UTF-8. */
export const MAX_TAG_BYTES = 1_024;
/** Metadata keys in one capability set. */
export const MAX_METADATA_KEYS = 256;
/** Metadata of one capability set, in bytes of UTF-8 over all keys and values. */
export const MAX_METADATA_BYTES = 16_384;
/** Metadata above which `validateCapabilities` warns, in bytes of UTF-8. */
export const METADATA_SOFT_CAP_BYTES = 4_096;
/** Tags in one received capability set that tell how much a blob is read. */
export const MAX_BLOB_HEAT_TAGS = 256;
/** Dialable addresses in one announcement. */
export const MAX_ADDRESSES = 16;
/** The longest address, in bytes of UTF-8: a full host name and a port. */
export const MAX_ADDRESS_BYTES = 262;
/** Nodes that one announcement may name as those who may use it. */
export const MAX_ALLOWED_NODES = 64;
/** Permission tokens in one announcement. */
export const MAX_GRANTS = 64;
/** Neighbours that a node chooses by rank. */
export const DEFAULT_RANKED_NEIGHBOURS = 4;
/** The most that it may choose by rank: more would only tell everything more often. */
export const MAX_RANKED_NEIGHBOURS = 16;
/** Nodes that an index knows at once. */
export const DEFAULT_MAX_ENTRIES = 10_000;
/** Live queries that an index has at once. */
export const DEFAULT_MAX_WATCHERS = 256;
/**
 * How long the version of a node is remembered after its announcement was signed, in milliseconds:
 * the longest lifetime, after which no older announcement can be alive, and a minute for the time
 * on the way, which ages do not count.
 */
export const VERSION_MEMORY_MS = 960_000;
/** The header that carries a predicate, in bytes of UTF-8, on both sides. */
export const MAX_PREDICATE_HEADER_BYTES = 4_096;
/** Nodes of a received predicate; those that the table repeats count each time. */
export const MAX_PREDICATE_NODES = 4_096;
/** Levels of a received predicate; a condition without parts is one. */
export const MAX_PREDICATE_DEPTH = 256;
/** Nodes of a predicate that is evaluated; parts that stand in several places count each time. */
export const MAX_EVALUATED_NODES = 100_000;
/** The score of a place without the chain that an artifact would like to be near. */
export const COLOCATION_MISS_SCORE = 0.7;
/** The share of what must not fall together that one node may have before it counts as crowded. */
export const CROWDED_CONCENTRATION = 0.3;
/** The score of a place that is crowded. */
export const CROWDED_SCORE = 0.4;
