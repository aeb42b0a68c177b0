import { seededEntropy } from "@selvage/testing";

/** The two ends of a stream. */
export type SideName = "opener" | "handler";

/** Which message of which stream. */
export interface MessageId {
  readonly stream: number;
  readonly side: SideName;
  readonly index: number;
}

/** A message of at least this many bytes says which one it is. */
export const HEADER_BYTES = 16;
const MAGIC = 0x5e1fed6e;

/** Of no simple length, so that bytes a packet or a window further on are others. */
const noise: Uint8Array = seededEntropy("noise").bytes(65_521);

/** The one content that a message of this length has: who it is, then noise of its own. */
export function makeMessage(id: MessageId, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  if (length >= HEADER_BYTES) {
    const view = new DataView(bytes.buffer);
    view.setUint32(0, MAGIC);
    view.setUint32(4, id.stream);
    view.setUint32(8, id.index * 2 + (id.side === "opener" ? 0 : 1));
    view.setUint32(12, length);
    at = HEADER_BYTES;
  }
  let from = noiseOffset(id);
  while (at < length) {
    const piece = noise.subarray(from, from + length - at);
    bytes.set(piece, at);
    at += piece.length;
    from = 0;
  }
  return bytes;
}

/** Whether bytes that arrived are exactly that message. */
export function isMessage(bytes: Uint8Array, id: MessageId, length: number): boolean {
  return bytes.length === length && Buffer.compare(bytes, makeMessage(id, length)) === 0;
}

/** Which message bytes say that they are, if they say so. */
export function readMessageId(bytes: Uint8Array): MessageId | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (view.getUint32(0) !== MAGIC) return undefined;
  const place = view.getUint32(8);
  return {
    stream: view.getUint32(4),
    side: place % 2 === 0 ? "opener" : "handler",
    index: Math.floor(place / 2),
  };
}

/** What arrived, in a few words. */
export function describeMessage(bytes: Uint8Array): string {
  const id = readMessageId(bytes);
  if (id === undefined) return `${bytes.length} bytes that nobody can place`;
  return `${bytes.length} bytes that begin like message ${id.index} of the ${id.side} of stream ${id.stream}`;
}

const noiseOffset = ({ stream, side, index }: MessageId): number =>
  ((Math.imul(stream, 7_919) + Math.imul(index, 104_729) + (side === "opener" ? 0 : 31_337)) >>>
    0) %
  noise.length;
