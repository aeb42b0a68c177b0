/** What any path may be given at once (RFC 9002 §7.2). */
const initialWindow = (datagramBytes: number): number =>
  Math.min(10 * datagramBytes, Math.max(2 * datagramBytes, 14_720));

/**
 * NewReno as in RFC 9002 §7, in bytes. It says how many bytes may be in flight; the peer's receive
 * budget bounds it from above.
 */
export class NewReno {
  #datagramBytes: number;
  #window: number;
  #threshold = Number.POSITIVE_INFINITY;
  /** Packets sent before this time belong to a loss that was already answered. */
  #recoveryStart = Number.NEGATIVE_INFINITY;

  constructor(datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
    this.#window = initialWindow(datagramBytes);
  }

  get windowBytes(): number {
    return this.#window;
  }

  /** The path takes larger datagrams: the least window and each step grow with them (§7.2). */
  onDatagramBytes(bytes: number): void {
    this.#datagramBytes = bytes;
    this.#window = Math.max(this.#window, this.#minimum);
  }

  /** A packet was acknowledged. `limited`: the window, not the application, held sending back. */
  onAcked(bytes: number, sentAt: number, limited: boolean): void {
    if (!limited || sentAt <= this.#recoveryStart) return;
    this.#window +=
      this.#window < this.#threshold ? bytes : (this.#datagramBytes * bytes) / this.#window;
  }

  /** Packets were lost; `sentAt` is the time the newest of them was sent. One cut per episode. */
  onLost(sentAt: number, now: number): void {
    if (sentAt <= this.#recoveryStart) return;
    this.#recoveryStart = now;
    this.#window = Math.max(this.#window / 2, this.#minimum);
    this.#threshold = this.#window;
  }

  /**
   * More is in flight than the path carries: `bytes` would do, and no slow start beyond them. What
   * any path may be given at first is harmless at any time.
   */
  onStandingQueue(bytes: number): void {
    this.#window = Math.max(bytes, initialWindow(this.#datagramBytes));
    this.#threshold = this.#window;
  }

  /** Nothing came back for the persistent congestion period (§7.6.2). */
  onPersistentCongestion(): void {
    this.#window = this.#minimum;
    this.#recoveryStart = Number.NEGATIVE_INFINITY;
  }

  get #minimum(): number {
    return 2 * this.#datagramBytes;
  }
}
