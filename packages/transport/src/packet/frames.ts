/** Frame types, one byte each, before the frame's fields. See docs/wire-protocol.md. */
export const FrameType = {
  padding: 0x00,
  ping: 0x01,
  ack: 0x02,
  reset: 0x03,
  maxStreamData: 0x04,
  maxStreams: 0x05,
  goaway: 0x06,
  close: 0x07,
  pathChallenge: 0x08,
  pathResponse: 0x09,
  /** Stream data; the lowest bit says that the stream ends with it. */
  stream: 0x10,
  streamFin: 0x11,
  /** One message of a fire-and-forget stream. */
  datagram: 0x12,
  /** How far a fire-and-forget stream has got, whatever of it was lost. */
  datagramOffset: 0x13,
  /** A packet for somebody else, on its way through relays. */
  relay: 0x20,
  /** A destination that can be reached through the sender, or no longer. */
  route: 0x21,
  /** What fits on the way through relays. */
  relayLimit: 0x22,
} as const;

/** The most that a stream frame adds to its data: type, id, offset, length. */
export const STREAM_FRAME_OVERHEAD = 19;

/** Bytes of the data in a path challenge, and in its response. */
export const PATH_DATA_BYTES = 8;

/** The most that a datagram frame adds to its message: type, id, protocol, offset, length. */
export const DATAGRAM_FRAME_OVERHEAD = 21;
