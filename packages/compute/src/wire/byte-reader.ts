import { ComputeError, type ComputeErrorKind, type ComputeFault } from "../errors.ts";
import { readCount } from "./byte-writer.ts";

/**
 * Reads little-endian fields and never beyond the end: every fault is a {@link ComputeError} of the
 * kind given at construction. Byte arrays come as views of the source.
 */
export class ByteReader {
  readonly #kind: ComputeErrorKind;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(kind: ComputeErrorKind, bytes: Uint8Array) {
    this.#kind = kind;
    // Never a Buffer: what is read is copied by `slice`, which must not give a view.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A safe integer of at least 0, in eight bytes. */
  count(name: string): number {
    const value = readCount(this.#view, this.#advance(8));
    return value ?? this.fail("limit", `${name} is no safe integer`);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Bytes behind their length in four bytes, which is at most `limit`. */
  sized(name: string, limit: number): Uint8Array {
    return this.bytes(this.#atMost(name, this.u32(), limit));
  }

  /**
   * How many items of at least `itemBytes` bytes follow. Checked before anything is allocated for
   * them.
   */
  items(name: string, limit: number, itemBytes: number): number {
    const count = this.#atMost(name, this.u32(), limit);
    if (count * itemBytes > this.remaining) {
      return this.fail("truncated", `${count} ${name} do not fit into ${this.remaining} bytes`);
    }
    return count;
  }

  /** Fails unless everything was read. */
  end(): void {
    if (this.remaining > 0) this.fail("trailing", `${this.remaining} bytes are left over`);
  }

  fail(reason: ComputeFault, message: string): never {
    throw new ComputeError(this.#kind, message, { reason });
  }

  #atMost(name: string, value: number, limit: number): number {
    if (value <= limit) return value;
    return this.fail("limit", `${name}: ${value} is more than ${limit}`);
  }

  #advance(length: number): number {
    const start = this.#at;
    if (length > this.remaining) {
      this.fail("truncated", `${length} bytes expected at ${start}, ${this.remaining} are left`);
    }
    this.#at += length;
    return start;
  }
}
