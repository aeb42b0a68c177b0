import { ProtocolViolation } from "./protocol-violation.ts";

/** Up to so many bytes are copied faster one by one than by a call of the engine. */
const MAX_LOOP_BYTES = 16;

/** Bytes that a variable-length integer takes (RFC 9000 §16; at most 2^53 here). */
export function varintLength(value: number): number {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x4000_0000 ? 4 : 8;
}

/** Writes into memory that the caller sized; the packet path checks room before it writes. */
export class ByteWriter {
  readonly bytes: Uint8Array;
  /** Where the next byte goes. */
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  u8(value: number): void {
    this.bytes[this.at++] = value;
  }

  u16(value: number): void {
    this.bytes[this.at] = value;
    this.bytes[this.at + 1] = value >>> 8;
    this.at += 2;
  }

  u32(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.at = at + 4;
  }

  /** A variable-length integer, RFC 9000 §16. */
  varint(value: number): void {
    const { bytes, at } = this;
    if (value < 0x40) {
      bytes[at] = value;
      this.at = at + 1;
    } else if (value < 0x4000) {
      bytes[at] = 0x40 | (value >>> 8);
      bytes[at + 1] = value;
      this.at = at + 2;
    } else if (value < 0x4000_0000) {
      bytes[at] = 0x80 | (value >>> 24);
      bytes[at + 1] = value >>> 16;
      bytes[at + 2] = value >>> 8;
      bytes[at + 3] = value;
      this.at = at + 4;
    } else {
      const high = Math.floor(value / 0x1_0000_0000);
      bytes[at] = 0xc0 | (high >>> 24);
      bytes[at + 1] = high >>> 16;
      bytes[at + 2] = high >>> 8;
      bytes[at + 3] = high;
      bytes[at + 4] = value >>> 24;
      bytes[at + 5] = value >>> 16;
      bytes[at + 6] = value >>> 8;
      bytes[at + 7] = value;
      this.at = at + 8;
    }
  }

  raw(source: Uint8Array): void {
    this.bytes.set(source, this.at);
    this.at += source.length;
  }

  /** A part of `source`. */
  range(source: Uint8Array, from: number, to: number): void {
    if (to - from > MAX_LOOP_BYTES) {
      this.raw(from === 0 && to === source.length ? source : source.subarray(from, to));
      return;
    }
    for (let i = from; i < to; i++) this.bytes[this.at++] = source[i] as number;
  }
}

/** Reads what a peer wrote; every read past the end is a {@link ProtocolViolation}. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Where the next byte comes from. */
  at: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.at;
  }

  u8(): number {
    this.#need(1);
    return this.bytes[this.at++] as number;
  }

  u16(): number {
    this.#need(2);
    const { bytes, at } = this;
    this.at = at + 2;
    return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  }

  u32(): number {
    this.#need(4);
    const { bytes, at } = this;
    this.at = at + 4;
    return (
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)) >>>
      0
    );
  }

  /** A variable-length integer, RFC 9000 §16; above 2^53 - 1 is a violation. */
  varint(): number {
    this.#need(1);
    const { bytes, at } = this;
    const first = bytes[at] as number;
    switch (first >>> 6) {
      case 0:
        this.at = at + 1;
        return first;
      case 1:
        this.#need(2);
        this.at = at + 2;
        return ((first & 0x3f) << 8) | (bytes[at + 1] as number);
      case 2:
        this.#need(4);
        this.at = at + 4;
        return this.#be32(at) & 0x3fff_ffff;
      default: {
        this.#need(8);
        this.at = at + 8;
        const high = this.#be32(at) & 0x3fff_ffff;
        if (high >= 0x20_0000) throw new ProtocolViolation("integer-range");
        return high * 0x1_0000_0000 + (this.#be32(at + 4) >>> 0);
      }
    }
  }

  /** A view of the next `length` bytes: copy what must outlive the packet. */
  raw(length: number): Uint8Array {
    this.#need(length);
    const view = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return view;
  }

  #be32(at: number): number {
    const { bytes } = this;
    return (
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)
    );
  }

  #need(length: number): void {
    if (this.end - this.at < length) throw new ProtocolViolation("truncated");
  }
}
