import { BytePool } from "@selvage/core";

import { ProtocolViolation } from "../packet/protocol-violation.ts";

interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Chunks from here on, in bytes, are worth the hundred and some bytes that keeping one costs. */
const LARGE_CHUNK_BYTES = 512;
/** Smaller chunks taken in between two merges. */
const MERGE_EVERY = 64;
/** Holes that are always tolerated: a few packets lost or late, however small the window. */
const MIN_GAPS = 64;
/** Bytes of room for each further hole: what it takes to keep the chunk behind it. */
const BYTES_PER_GAP = 128;
/** Holes tolerated in any room, for the time that it takes to look through them. */
const MAX_GAPS = 16_384;

/**
 * The receiving half of a stream's bytes: puts fragments into order, and copies them once unless
 * they are small. What it holds, bookkeeping included, stays a small multiple of its room at most.
 */
export class ReceiveBuffer {
  /** Bytes below this offset may arrive; the caller checks it, and raises it. */
  limit: number;
  /** Most streams carry one small message each way, and need no memory of their own. */
  readonly #first: BytePool;
  /** The stream's own: what is kept must not keep the memory of what others have read. */
  #fragments: BytePool | undefined;
  /** Sorted and disjoint. */
  #chunks: Chunk[] = [];
  /** Everything below was read. */
  #read = 0;
  /** Everything below has arrived. */
  #contiguous = 0;
  #highest = 0;
  #stored = 0;
  /** Small chunks taken in since the last merge. */
  #unmerged = 0;

  /** `first` gives memory for the first fragment alone: it may be shared with other streams. */
  constructor(limit: number, first: BytePool) {
    this.limit = limit;
    this.#first = first;
  }

  /** Offset of the first unread byte. */
  get readOffset(): number {
    return this.#read;
  }

  /** Bytes that can be read now. */
  get available(): number {
    return this.#contiguous - this.#read;
  }

  /** Bytes ever taken in, repetitions not counted. */
  get storedBytes(): number {
    return this.#stored;
  }

  /** One past the highest byte that ever arrived. */
  get highest(): number {
    return this.#highest;
  }

  /** Takes a copy of a fragment; answers whether the readable stretch grew. */
  insert(offset: number, data: Uint8Array): boolean {
    const end = offset + data.length;
    this.#highest = Math.max(this.#highest, end);
    if (end <= this.#contiguous) return false;
    const last = this.#chunks.at(-1);
    if (last === undefined || last.offset + last.bytes.length <= offset) {
      const from = Math.max(offset, this.#contiguous);
      const chunk = this.#copy(from, from === offset ? data : data.subarray(from - offset));
      this.#chunks.push(chunk);
    } else {
      this.#insertBetween(Math.max(offset, this.#contiguous), offset, data);
    }
    if (this.#unmerged >= MERGE_EVERY) this.#merge();
    return this.#advance();
  }

  /** Looks at the byte `ahead` of the first unread one; the caller checked {@link available}. */
  peek(ahead: number): number {
    const at = this.#read + ahead;
    for (const chunk of this.#chunks) {
      if (at < chunk.offset + chunk.bytes.length) return chunk.bytes[at - chunk.offset] as number;
    }
    return 0;
  }

  /** Reads `length` bytes; the caller checked {@link available}. The result is the caller's own. */
  take(length: number): Uint8Array {
    const end = this.#read + length;
    const first = this.#chunks[0];
    let result: Uint8Array;
    if (first !== undefined && end <= first.offset + first.bytes.length) {
      result = first.bytes.subarray(this.#read - first.offset, end - first.offset);
    } else {
      result = new Uint8Array(length);
      for (const chunk of this.#chunks) {
        if (chunk.offset >= end) break;
        const from = Math.max(0, this.#read - chunk.offset);
        const to = Math.min(chunk.bytes.length, end - chunk.offset);
        if (from < to) result.set(chunk.bytes.subarray(from, to), chunk.offset + from - this.#read);
      }
    }
    this.skip(length);
    return result;
  }

  /** Moves past `length` available bytes without copying them. */
  skip(length: number): void {
    this.#read += length;
    let done = 0;
    for (const chunk of this.#chunks) {
      if (chunk.offset + chunk.bytes.length > this.#read) break;
      done++;
    }
    if (done > 0) this.#chunks.splice(0, done);
  }

  /** Lets everything go: the stream was reset. What was not read can no longer be. */
  clear(): void {
    this.#chunks = [];
    this.#contiguous = this.#read;
  }

  #copy(offset: number, data: Uint8Array): Chunk {
    const pool = this.#stored === 0 ? this.#first : this.#own();
    this.#stored += data.length;
    if (data.length < LARGE_CHUNK_BYTES) this.#unmerged++;
    return { offset, bytes: pool.copy(data) };
  }

  #own(): BytePool {
    this.#fragments ??= new BytePool();
    return this.#fragments;
  }

  /** Keeps of `data` (at `start`) what no chunk covers from `from` on. */
  #insertBetween(from: number, start: number, data: Uint8Array): void {
    const end = start + data.length;
    let at = this.#firstEndingAfter(from);
    let low = from;
    while (low < end) {
      const chunk = this.#chunks[at];
      const high = chunk === undefined ? end : Math.min(end, chunk.offset);
      if (low < high) {
        const chunk = this.#copy(low, data.subarray(low - start, high - start));
        this.#chunks.splice(at, 0, chunk);
        at++;
      }
      if (chunk === undefined) break;
      low = Math.max(low, chunk.offset + chunk.bytes.length);
      at++;
    }
  }

  #firstEndingAfter(offset: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const chunk = this.#chunks[middle] as Chunk;
      if (chunk.offset + chunk.bytes.length > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #advance(): boolean {
    const before = this.#contiguous;
    for (let i = this.#firstEndingAfter(this.#contiguous); i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i] as Chunk;
      if (chunk.offset > this.#contiguous) break;
      this.#contiguous = chunk.offset + chunk.bytes.length;
    }
    return this.#contiguous > before;
  }

  /** Tiny fragments must not cost a hundred times their size: neighbours become one. */
  #merge(): void {
    this.#unmerged = 0;
    const merged: Chunk[] = [];
    let gaps = 0;
    for (let at = 0; at < this.#chunks.length;) {
      const first = this.#chunks[at] as Chunk;
      const run = this.#smallRun(at);
      if (first.offset > endOf(merged.at(-1))) gaps++;
      merged.push(run.length > 1 ? joined(run, this.#own()) : first);
      at += Math.max(1, run.length);
    }
    const room = this.limit - this.#read;
    if (gaps > Math.min(MIN_GAPS + room / BYTES_PER_GAP, MAX_GAPS)) {
      throw new ProtocolViolation("too-many-gaps");
    }
    this.#chunks = merged;
  }

  /** The small chunks from `at` on that have no hole between them. */
  #smallRun(at: number): readonly Chunk[] {
    let to = at;
    for (let end: number | undefined; to < this.#chunks.length; to++) {
      const chunk = this.#chunks[to] as Chunk;
      if (chunk.bytes.length >= LARGE_CHUNK_BYTES) break;
      if (end !== undefined && end !== chunk.offset) break;
      end = endOf(chunk);
    }
    return this.#chunks.slice(at, to);
  }
}

/** One past the chunk's last byte; 0 without a chunk. */
const endOf = (chunk: Chunk | undefined): number =>
  chunk === undefined ? 0 : chunk.offset + chunk.bytes.length;

/** Neighbours as one, which has memory of its own once it is not to be copied again. */
function joined(run: readonly Chunk[], pool: BytePool): Chunk {
  const offset = (run[0] as Chunk).offset;
  const length = endOf(run.at(-1)) - offset;
  const bytes = length < LARGE_CHUNK_BYTES ? pool.take(length) : new Uint8Array(length);
  for (const chunk of run) bytes.set(chunk.bytes, chunk.offset - offset);
  return { offset, bytes };
}
