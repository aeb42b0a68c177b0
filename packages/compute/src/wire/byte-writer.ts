import { concatBytes } from "@selvage/core";

/** Two to the power of 32: where the upper half of a 64-bit number begins. */
const UPPER = 0x1_0000_0000;

/** Collects little-endian fields; {@link finish} joins them. Byte arrays are not copied before that. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  u16(value: number): this {
    return this.#number(2, (view) => view.setUint16(0, value, true));
  }

  u32(value: number): this {
    return this.#number(4, (view) => view.setUint32(0, value, true));
  }

  /** A safe integer of at least 0, in eight bytes. */
  count(value: number): this {
    return this.#number(8, (view) => writeCount(view, 0, value));
  }

  u64(value: bigint): this {
    return this.#number(8, (view) => view.setBigUint64(0, value, true));
  }

  /** As it is, without its length. */
  bytes(value: Uint8Array): this {
    this.#parts.push(value);
    return this;
  }

  /** Behind its length in four bytes. */
  sized(value: Uint8Array): this {
    return this.u32(value.length).bytes(value);
  }

  finish(): Uint8Array {
    return concatBytes(...this.#parts);
  }

  #number(length: number, write: (view: DataView) => void): this {
    const field = new Uint8Array(length);
    write(new DataView(field.buffer));
    return this.bytes(field);
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
