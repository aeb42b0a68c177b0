import type { ByteWriter } from "../packet/bytes-io.ts";

/** Bytes of a stream that lie together in memory. */
interface Segment {
  /** Stream offset of the first byte. */
  start: number;
  /** How much of `bytes` is in use. */
  length: number;
  readonly bytes: Uint8Array;
}

/** Room of a stream's first block, in bytes: JavaScript's own heap holds arrays of this size. */
const FIRST_BLOCK_BYTES = 64;
/** Room of the largest block, in bytes. */
const LAST_BLOCK_BYTES = 4_096;
/** Arrays above this length are kept, not copied, in bytes. */
const COPY_BYTES = 512;

/**
 * What a stream has queued and still may have to repeat, by stream offset. Large arrays are kept
 * as they are; small ones are copied into blocks, since one array more per small message costs more
 * than all else that is done with it. Blocks grow with use: a stream for one call needs but a
 * small one.
 */
export class SendQueue {
  #segments: Segment[] = [];
  /** Where small arrays go; the last segment, if it is one at all. */
  #block: Segment | undefined;
  #blockBytes = FIRST_BLOCK_BYTES;
  #end = 0;

  /** The first offset never queued. */
  get end(): number {
    return this.#end;
  }

  /** Queues a number in `length` bytes, little-endian. */
  pushNumber(value: number, length: number): void {
    const block = this.#blockWith(length);
    for (let i = 0; i < length; i++) block.bytes[block.length++] = value >>> (8 * i);
    this.#end += length;
  }

  /** Queues bytes, which belong to the queue from now on. */
  push(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length === 0) return;
    const block = this.#block;
    if (block !== undefined && length <= COPY_BYTES && length <= roomOf(block)) {
      block.bytes.set(bytes, block.length);
      block.length += length;
    } else {
      this.#segments.push({ start: this.#end, length, bytes });
      this.#block = undefined;
    }
    this.#end += length;
  }

  /** Copies a range that was queued and not released. */
  copy(offset: number, length: number, out: ByteWriter): void {
    const end = offset + length;
    for (const segment of this.#segments) {
      if (segment.start >= end) return;
      const segmentEnd = segment.start + segment.length;
      if (segmentEnd <= offset) continue;
      const from = Math.max(offset, segment.start) - segment.start;
      const to = Math.min(end, segmentEnd) - segment.start;
      out.range(segment.bytes, from, to);
    }
  }

  /** Nothing below this offset will be asked for again. */
  release(below: number): void {
    const segments = this.#segments;
    for (;;) {
      const first = segments[0];
      if (first === undefined || first.start + first.length > below) return;
      if (first === this.#block) {
        // Nothing is left in it: it begins anew.
        first.start = this.#end;
        first.length = 0;
        return;
      }
      segments.shift();
    }
  }

  #blockWith(room: number): Segment {
    if (this.#block !== undefined && roomOf(this.#block) >= room) return this.#block;
    const bytes = new Uint8Array(this.#blockBytes);
    this.#blockBytes = Math.min(2 * this.#blockBytes, LAST_BLOCK_BYTES);
    const block = { start: this.#end, length: 0, bytes };
    this.#segments.push(block);
    this.#block = block;
    return block;
  }
}

function roomOf({ bytes, length }: Segment): number {
  return bytes.length - length;
}
