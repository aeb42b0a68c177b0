/** How many packet numbers below the highest are remembered one by one. */
export const REPLAY_WINDOW_PACKETS = 2048;

/** One more than the window fills: it rarely starts where a word does. */
const WORDS = REPLAY_WINDOW_PACKETS / 32 + 1;

/**
 * Accepts each packet number once (RFC 6479's ring bitmap). Any authenticated jump forward is
 * accepted: what falls below the window stays refused, so a long loss never wedges a session.
 */
export class ReplayWindow {
  readonly #seen: Uint32Array = new Uint32Array(WORDS);
  #highest = -1;

  /** The highest number accepted so far, or -1. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether the number is new; ask before the costly authentication. */
  isNew(packetNumber: number): boolean {
    if (packetNumber > this.#highest) return true;
    if (packetNumber <= this.#highest - REPLAY_WINDOW_PACKETS) return false;
    return ((this.#word(packetNumber) >>> (packetNumber % 32)) & 1) === 0;
  }

  /** Remembers a number that authenticated. */
  accept(packetNumber: number): void {
    if (packetNumber > this.#highest) {
      this.#slide(packetNumber);
      this.#highest = packetNumber;
    }
    const slot = Math.floor(packetNumber / 32) % WORDS;
    this.#seen[slot] = (this.#seen[slot] as number) | (1 << (packetNumber % 32));
  }

  #word(packetNumber: number): number {
    return this.#seen[Math.floor(packetNumber / 32) % WORDS] as number;
  }

  /** Clears the words that the numbers up to `packetNumber` enter anew. */
  #slide(packetNumber: number): void {
    const from = Math.floor(this.#highest / 32);
    const to = Math.floor(packetNumber / 32);
    if (to - from >= WORDS) {
      this.#seen.fill(0);
      return;
    }
    for (let word = from + 1; word <= to; word++) this.#seen[word % WORDS] = 0;
  }
}
