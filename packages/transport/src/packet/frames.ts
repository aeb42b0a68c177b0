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
} as const;

/** The most that a stream frame adds to its data: type, id, offset, length. */
export const STREAM_FRAME_OVERHEAD = 19;

/** Bytes of the data in a path challenge, and in its response. */
export const PATH_DATA_BYTES = 8;
