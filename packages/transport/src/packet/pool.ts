/** Memory that is asked for at once, in bytes, at most: less than a stream's window. */
const MAX_BLOCK_BYTES = 16_384;
/** Longer pieces get memory of their own, in bytes. */
const MAX_PIECE_BYTES = 2_048;

/**
 * Hands out pieces of larger blocks. An array above 64 bytes lies outside of JavaScript's heap, and
 * to ask for one costs most of a microsecond, a piece a fiftieth of that. No memory is handed out
 * twice; a block is kept for as long as anybody has a piece of it. The first is as large as the
 * first piece, the others grow from there, so that a pool of little use costs little.
 */
export class Pool {
  #block = new ArrayBuffer(0);
  #at = 0;
  #nextBytes = 0;

  /** Zeros, the caller's own. */
  take(length: number): Uint8Array {
    if (length > MAX_PIECE_BYTES) return new Uint8Array(length);
    if (this.#at + length > this.#block.byteLength) {
      this.#block = new ArrayBuffer(Math.max(length, this.#nextBytes));
      this.#nextBytes = Math.min(2 * this.#block.byteLength, MAX_BLOCK_BYTES);
      this.#at = 0;
    }
    const piece = new Uint8Array(this.#block, this.#at, length);
    this.#at += length;
    return piece;
  }

  /** A copy, the caller's own. */
  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length > MAX_PIECE_BYTES) return bytes.slice();
    const piece = this.take(bytes.length);
    piece.set(bytes);
    return piece;
  }
}
