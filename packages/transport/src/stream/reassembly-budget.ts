/** A share of the budget, or a place in the queue for it. */
export interface ReassemblyClaim {
  /** Bytes of the claim's message arrived: it is not stalled. */
  progress(): void;
  /** The message is whole: it now waits for our own application, which may take its time. */
  complete(): void;
  /** Gives the share (or the place) back. Idempotent. */
  release(): void;
}

interface OpenClaim extends ReassemblyClaim {
  readonly bytes: number;
  readonly onGranted: () => void;
  readonly onStalled: () => void;
  granted: boolean;
  progressAt: number;
}

/**
 * Memory for messages larger than a stream's window, shared by all sessions of a node: whole
 * messages, first come first served. A message that holds its share without progress loses it.
 */
export class ReassemblyBudget {
  readonly #stallMs: number;
  readonly #now: () => number;
  readonly #claims: Set<OpenClaim> = new Set();
  #free: number;

  constructor(bytes: number, stallMs: number, now: () => number) {
    this.#free = bytes;
    this.#stallMs = stallMs;
    this.#now = now;
  }

  /** Bytes not given to any message. */
  get freeBytes(): number {
    return this.#free;
  }

  /**
   * Asks for `bytes`; `onGranted` runs as soon as they are there, possibly before this returns.
   * `onStalled` runs when the share is taken back for lack of progress.
   */
  claim(bytes: number, onGranted: () => void, onStalled: () => void): ReassemblyClaim {
    const claim: OpenClaim = {
      bytes,
      onGranted,
      onStalled,
      granted: false,
      progressAt: this.#now(),
      progress: () => {
        claim.progressAt = this.#now();
      },
      complete: () => {
        claim.progressAt = Number.POSITIVE_INFINITY;
      },
      release: () => {
        if (!this.#claims.delete(claim)) return;
        if (claim.granted) this.#free += claim.bytes;
        this.#grant();
      },
    };
    this.#claims.add(claim);
    this.#grant();
    return claim;
  }

  /** Takes shares back from messages that stopped arriving; called now and then. */
  reclaim(): void {
    const latest = this.#now() - this.#stallMs;
    for (const claim of [...this.#claims]) {
      if (!claim.granted || claim.progressAt > latest) continue;
      claim.onStalled();
      claim.release();
    }
  }

  #grant(): void {
    for (const claim of this.#claims) {
      if (claim.granted) continue;
      if (claim.bytes > this.#free) return;
      this.#free -= claim.bytes;
      claim.granted = true;
      claim.progressAt = this.#now();
      claim.onGranted();
    }
  }
}
