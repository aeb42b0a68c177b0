/** Two to the power of 32: where the upper half of a 64-bit number begins. */
const UPPER = 0x1_0000_0000;

const DEFAULT_CAPACITY_BYTES = 256;

/** Writes little-endian fields one behind the other. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** @param capacity How many bytes are to be expected; more are possible. */
  constructor(capacity: number = DEFAULT_CAPACITY_BYTES) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** A safe integer of at least 0, in eight bytes. */
  count(value: number): this {
    const at = this.#grow(8);
    writeCount(this.#view, at, value);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  /** As it is, without its length. */
  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Lets somebody write so many bytes where they belong, given the view and where they begin. */
  fields(length: number, write: (view: DataView, offset: number) => void): this {
    const at = this.#grow(length);
    write(this.#view, at);
    return this;
  }

  /** Behind its length in four bytes. */
  sized(value: Uint8Array): this {
    return this.u32(value.length).bytes(value);
  }

  /** What was written so far: a view, good until more is. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, for the caller to keep. */
  finish(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }

  /** Makes room for so many bytes and returns where they begin. */
  #grow(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    return at;
  }
}

/** Writes a safe integer of at least 0 into eight bytes. */
export function writeCount(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % UPPER, true);
  view.setUint32(offset + 4, Math.floor(value / UPPER), true);
}

/** Reads what {@link writeCount} wrote; `undefined` for more than a safe integer. */
export function readCount(view: DataView, offset: number): number | undefined {
  const value = view.getUint32(offset, true) + view.getUint32(offset + 4, true) * UPPER;
  return Number.isSafeInteger(value) ? value : undefined;
}
