import type { StoredEvent } from "../daemon/daemon-event.ts";

/** What an entry takes besides its bytes. */
const ENTRY_BYTES = 128;

/** Consecutive stored events, bounded by whoever holds it. */
export class StoredLog {
  #entries: StoredEvent[] = [];
  #last = 0;
  #bytes = 0;

  /** The index of the first entry; one above {@link last} if there is none. */
  get first(): number {
    return this.#last - this.#entries.length + 1;
  }

  /** The index of the last entry, also of one that is not here any more. */
  get last(): number {
    return this.#last;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#entries.length;
  }

  get(index: number): StoredEvent | undefined {
    return this.#entries[index - this.first];
  }

  append(entry: StoredEvent): void {
    this.#entries.push(entry);
    this.#last = entry.index;
    this.#bytes += bytesOf(entry);
  }

  /** What comes behind an index, in order, as far as it is here. */
  after(index: number): readonly StoredEvent[] {
    return this.#entries.slice(Math.max(0, index + 1 - this.first));
  }

  /** The next entries behind an index: as many as fit, at least one. */
  batch(index: number, maxEvents: number, maxBytes: number): readonly StoredEvent[] {
    const start = index + 1 - this.first;
    let end = start;
    let bytes = 0;
    for (; end < this.#entries.length && end - start < maxEvents; end++) {
      const entry = this.#entries[end];
      if (entry === undefined) break;
      bytes += bytesOf(entry);
      if (end > start && bytes > maxBytes) break;
    }
    return this.#entries.slice(start, end);
  }

  /** Lets go of everything through an index. */
  trim(through: number): void {
    const count = Math.min(through + 1 - this.first, this.#entries.length);
    if (count <= 0) return;
    for (const entry of this.#entries.splice(0, count)) this.#bytes -= bytesOf(entry);
  }

  /** Lets go of the oldest through an index, as many as are more than may be. */
  trimTo(maxEvents: number, maxBytes: number, through: number): void {
    let bytes = this.#bytes;
    let count = 0;
    for (const entry of this.#entries) {
      if (this.length - count <= maxEvents && bytes <= maxBytes) break;
      bytes -= bytesOf(entry);
      count++;
    }
    if (count > 0) this.trim(Math.min(through, this.first + count - 1));
  }

  /** Becomes other entries, or none, that end with an index. */
  reset(entries: readonly StoredEvent[], last: number): void {
    this.#entries = [...entries];
    this.#last = last;
    this.#bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  }
}

/** What an entry takes in memory and on the wire, about. */
export function bytesOf({ event }: StoredEvent): number {
  return ENTRY_BYTES + event.payload.length + event.seed.length;
}
