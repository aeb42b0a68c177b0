import { STALL_MS } from "./defaults.ts";

/** What happens when our own event loop turns out to have stood still. */
export interface StallWatchOwner {
  /** Runs `fn` once everything that waited in the socket was read. */
  afterSocketIsDry(fn: () => void): void;
  /** The loop stood still for `lagMs` longer than was known. */
  onStall(lagMs: number): void;
}

/**
 * Notices that our own event loop stood still, whether by a late timer or by the datagrams that
 * waited: nobody else is to blame for that time, and it is forgiven once.
 */
export class StallWatch {
  readonly #owner: StallWatchOwner;
  #stallMs = 0;
  /** Of the lag of the next look at the loop, what was taken off everybody's silence already. */
  #forgivenLagMs = 0;

  constructor(owner: StallWatchOwner) {
    this.#owner = owner;
  }

  /** For how long the loop had stood still, while what waited is being read; 0 otherwise. */
  get stallMs(): number {
    return this.#stallMs;
  }

  /** The loop is late by `lagMs` at this moment. */
  notice(lagMs: number): void {
    const fresh = lagMs - this.#forgivenLagMs;
    if (fresh <= STALL_MS || this.#stallMs > 0) return;
    this.#forgivenLagMs = lagMs;
    this.#stallMs = fresh;
    this.#owner.onStall(fresh);
    this.#owner.afterSocketIsDry(() => {
      this.#stallMs = 0;
    });
  }

  /** The late look at the loop has come. */
  onTick(lagMs: number): void {
    this.notice(lagMs);
    this.#forgivenLagMs = 0;
  }
}
