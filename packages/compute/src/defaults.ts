/** The largest frame of a causal event without its length, in bytes (16 MiB). */
export const MAX_FRAME_BYTES = 16_777_216;
/** Origins in one horizon; beyond it the one observed longest ago is dropped. */
export const MAX_HORIZON_ORIGINS = 4_096;
/** Events that an {@link EntityLog} holds at once. */
export const DEFAULT_MAX_LOG_EVENTS = 100_000;
