/**
 * The history of a run in one number, and on demand its last lines.
 *
 * Two runs of one seed must agree in the hash: a difference means that something outside the seed
 * (real time, iteration order, unseeded randomness) leaked in. The two 32-bit lanes and their
 * finish are those of cyrb53 by bryc (public domain), fed with words instead of characters.
 */
export class Trace {
  #high = 0xdead_beef | 0;
  #low = 0x41c6_ce57 | 0;
  readonly #capacity: number;
  readonly #lines: string[] = [];

  /** `capacity`: how many of the newest lines are kept; 0 keeps none and formats none. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds one 32-bit word. */
  word(value: number): void {
    this.#high = Math.imul(this.#high ^ value, 2_654_435_761);
    this.#low = Math.imul(this.#low ^ value, 1_597_334_677);
    // A multiplication only carries upwards; this brings the high bits back down.
    this.#high ^= this.#high >>> 15;
    this.#low ^= this.#low >>> 13;
  }

  /** Adds a time, exactly for multiples of 1/1024 ms. */
  time(ms: number): void {
    const ticks = ms * 1024;
    this.word(ticks | 0);
    this.word((ticks / 0x1_0000_0000) | 0);
  }

  /** Adds bytes, which must start at a multiple of four in their buffer. */
  bytes(bytes: Uint8Array): void {
    const words = bytes.length >> 2;
    const view = new Uint32Array(bytes.buffer, bytes.byteOffset, words);
    for (let i = 0; i < words; i++) this.word(view[i] as number);
    for (let i = words << 2; i < bytes.length; i++) this.word(bytes[i] as number);
    this.word(bytes.length);
  }

  /** Adds text. */
  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i));
    this.word(text.length);
  }

  /** Keeps a line, made only if lines are kept at all. */
  line(make: () => string): void {
    if (this.#capacity === 0) return;
    if (this.#lines.length >= this.#capacity) this.#lines.shift();
    this.#lines.push(make());
  }

  /** The newest lines, oldest first. */
  get lines(): readonly string[] {
    return [...this.#lines];
  }

  /** Sixteen hexadecimal characters for everything so far. */
  get hash(): string {
    const high = mix(this.#high) ^ mix(this.#low ^ 0x9e37_79b9);
    const low = mix(this.#low) ^ mix(this.#high ^ 0x85eb_ca6b);
    return hex(high) + hex(low);
  }
}

/** The finish of MurmurHash3: every input bit changes about half of the output bits. */
function mix(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return h ^ (h >>> 16);
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
