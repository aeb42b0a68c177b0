/** Probes of one size that must be lost before it counts as too large (RFC 8899 §5.1.2). */
const MAX_PROBES = 3;
/** The search ends where the next step would gain less, in bytes. */
const MIN_STEP_BYTES = 32;
/** Losses in a row after which the path counts as a black hole for large packets. */
const BLACK_HOLE_LOSSES = 3;
/** After how long a larger size is tried again, in milliseconds (RFC 8899 §5.1.1). */
const RAISE_AFTER_MS = 600_000;

/**
 * Finds the largest datagram that a path takes: packetization layer path MTU discovery (RFC 8899)
 * by binary search. The largest size is tried first, since most paths take it. No size is used
 * before a probe of it was acknowledged.
 */
export class MtuSearch {
  readonly #base: number;
  readonly #limit: number;
  #size: number;
  /** The smallest size known not to pass, less one. */
  #ceiling: number;
  #probing: number | undefined;
  #lost = 0;
  #losses = 0;
  #endedAt: number | undefined;

  /** Bytes of datagrams: what every path takes, and what none will be tried beyond. */
  constructor(baseBytes: number, limitBytes: number) {
    this.#base = baseBytes;
    this.#limit = Math.max(baseBytes, limitBytes);
    this.#size = baseBytes;
    this.#ceiling = this.#limit;
  }

  /** The largest datagram to send now, in bytes. */
  get sizeBytes(): number {
    return this.#size;
  }

  /** The size to probe next, which counts as sent; `undefined` if none is due. */
  nextProbe(now: number): number | undefined {
    if (this.#probing !== undefined) return undefined;
    if (this.#endedAt !== undefined) {
      if (now - this.#endedAt < RAISE_AFTER_MS) return undefined;
      this.#endedAt = undefined;
      this.#ceiling = this.#limit;
    }
    if (this.#ceiling - this.#size < MIN_STEP_BYTES) {
      this.#endedAt = now;
      return undefined;
    }
    const middle = this.#size + Math.ceil((this.#ceiling - this.#size) / 2);
    this.#probing = this.#ceiling === this.#limit ? this.#limit : middle;
    return this.#probing;
  }

  onProbeAcked(bytes: number): void {
    if (bytes > this.#ceiling) return;
    this.#size = Math.max(this.#size, bytes);
    if (this.#probing === bytes) this.#settle();
  }

  onProbeLost(bytes: number): void {
    if (this.#probing !== bytes) return;
    this.#probing = undefined;
    this.#lost++;
    if (this.#lost < MAX_PROBES) return;
    this.#lost = 0;
    this.#ceiling = bytes - 1;
  }

  /** A datagram of so many bytes arrived. */
  onAcked(bytes: number): void {
    if (bytes > this.#base) this.#losses = 0;
  }

  /** A datagram of so many bytes was lost: several in a row may mean that large ones vanish. */
  onLost(bytes: number): void {
    if (bytes <= this.#base) return;
    this.#losses++;
    if (this.#losses < BLACK_HOLE_LOSSES || this.#size === this.#base) return;
    this.#ceiling = this.#size - 1;
    this.#size = this.#base;
    this.#endedAt = undefined;
    this.#settle();
  }

  /** A relay on the way says that nothing above `bytes` fits. */
  onLimit(bytes: number): void {
    this.#ceiling = Math.max(this.#base, Math.min(this.#ceiling, bytes));
    this.#size = Math.min(this.#size, this.#ceiling);
    this.#settle();
  }

  #settle(): void {
    this.#probing = undefined;
    this.#lost = 0;
    this.#losses = 0;
  }
}
