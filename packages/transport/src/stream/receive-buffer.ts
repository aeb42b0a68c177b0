import { Pool } from "../packet/pool.ts";
import { ProtocolViolation } from "../packet/protocol-violation.ts";

interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What streams have received. */
const fragments = new Pool();

/** Chunks kept one by one before neighbours are merged. */
const MERGE_ABOVE_CHUNKS = 2_048;
/** Holes tolerated after merging: far more than a window in flight can have. */
const MAX_GAPS = 1_024;

/** The receiving half of a stream's bytes: puts fragments into order and copies them once. */
export class ReceiveBuffer {
  /** Sorted and disjoint. */
  #chunks: Chunk[] = [];
  /** Everything below was read. */
  #read = 0;
  /** Everything below has arrived. */
  #contiguous = 0;
  #highest = 0;
  #stored = 0;
  #mergeAt = MERGE_ABOVE_CHUNKS;

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
      this.#chunks.push({
        offset: from,
        bytes: fragments.copy(from === offset ? data : data.subarray(from - offset)),
      });
      this.#stored += end - from;
    } else {
      this.#insertBetween(Math.max(offset, this.#contiguous), offset, data);
    }
    if (this.#chunks.length > this.#mergeAt) this.#merge();
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

  /** Keeps of `data` (at `start`) what no chunk covers from `from` on. */
  #insertBetween(from: number, start: number, data: Uint8Array): void {
    const end = start + data.length;
    let at = this.#firstEndingAfter(from);
    let low = from;
    while (low < end) {
      const chunk = this.#chunks[at];
      const high = chunk === undefined ? end : Math.min(end, chunk.offset);
      if (low < high) {
        this.#chunks.splice(at, 0, {
          offset: low,
          bytes: fragments.copy(data.subarray(low - start, high - start)),
        });
        this.#stored += high - low;
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

  /** Tiny fragments must not cost a hundred times their size in bookkeeping. */
  #merge(): void {
    const merged: Chunk[] = [];
    let run: Chunk[] = [];
    const close = (): void => {
      const first = run[0];
      const last = run.at(-1);
      if (first === undefined || last === undefined) return;
      const bytes = new Uint8Array(last.offset + last.bytes.length - first.offset);
      for (const chunk of run) bytes.set(chunk.bytes, chunk.offset - first.offset);
      merged.push({ offset: first.offset, bytes });
      run = [];
    };
    for (const chunk of this.#chunks) {
      const last = run.at(-1);
      if (last !== undefined && last.offset + last.bytes.length !== chunk.offset) close();
      run.push(chunk);
    }
    close();
    if (merged.length > MAX_GAPS) throw new ProtocolViolation("too-many-gaps");
    this.#chunks = merged;
    this.#mergeAt = merged.length + MERGE_ABOVE_CHUNKS;
  }
}
