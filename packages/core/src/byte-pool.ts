import { copyBytes } from "./bytes.ts";

const encoder = new TextEncoder();

/** Memory that is asked for at once, in bytes, at most. */
const DEFAULT_BLOCK_BYTES = 16_384;
/** Longer pieces than this share of a block get memory of their own. */
const LARGEST_SHARE = 8;
/** What a UTF-16 code unit takes in UTF-8 at most, in bytes. */
const BYTES_PER_UNIT = 3;

const NOTHING = new ArrayBuffer(0);

/**
 * Hands out pieces of larger blocks. An array above 64 bytes lies outside of JavaScript's heap, and
 * to ask for one costs most of a microsecond, a piece a fiftieth of that. No memory is handed out
 * twice; a block is kept for as long as anybody has a piece of it. The first is as large as the
 * first piece, the others grow from there, so that a pool of little use costs little.
 */
export class BytePool {
  readonly #maxBlockBytes: number;
  #block = NOTHING;
  #at = 0;
  #nextBytes = 0;

  /**
   * @param maxBlockBytes What a piece that is kept may keep with it, in bytes: default 16 KiB.
   * Pieces above an eighth of that are not cut from blocks.
   */
  constructor(maxBlockBytes: number = DEFAULT_BLOCK_BYTES) {
    this.#maxBlockBytes = maxBlockBytes;
  }

  /** Zeros, the caller's own. */
  take(length: number): Uint8Array {
    if (!this.#isSmall(length)) return new Uint8Array(length);
    if (this.#at + length > this.#block.byteLength) {
      this.#block = new ArrayBuffer(Math.max(length, this.#nextBytes));
      this.#nextBytes = Math.min(2 * this.#block.byteLength, this.#maxBlockBytes);
      this.#at = 0;
    }
    const piece = new Uint8Array(this.#block, this.#at, length);
    this.#at += length;
    return piece;
  }

  /** A copy, the caller's own. */
  copy(bytes: Uint8Array): Uint8Array {
    if (!this.#isSmall(bytes.length)) return copyBytes(bytes);
    const piece = this.take(bytes.length);
    piece.set(bytes);
    return piece;
  }

  /** The UTF-8 bytes of a text, the caller's own; half a surrogate pair becomes U+FFFD. */
  utf8(text: string): Uint8Array {
    const most = BYTES_PER_UNIT * text.length;
    if (!this.#isSmall(most)) return encoder.encode(text);
    // Most texts are ASCII: then the first guess is right, and no second array is needed.
    const guess = this.take(text.length);
    const { read, written } = encoder.encodeInto(text, guess);
    if (read === text.length && written === text.length) return guess;
    guess.fill(0);
    this.#at -= text.length;
    const piece = this.take(most);
    const bytes = encoder.encodeInto(text, piece).written;
    this.#at -= most - bytes;
    return piece.subarray(0, bytes);
  }

  #isSmall(length: number): boolean {
    return length * LARGEST_SHARE <= this.#maxBlockBytes;
  }
}
