/**
 * What a message counts against credit beyond its own bytes. On a reliable stream that is its
 * length, four bytes, little-endian; on a fire-and-forget stream, its share of bookkeeping, or
 * empty messages would be free.
 */
export const MESSAGE_PREFIX_BYTES = 4;
/** The opener's first bytes on a reliable stream name the protocol, little-endian. */
export const PROTOCOL_PREFIX_BYTES = 2;
