import type { NoiseHandshake } from "../noise/index.ts";

/** A handshake of which message 3 is awaited. */
export interface Pending {
  /** Our index. */
  readonly index: number;
  /** Where message 2 went. */
  readonly from: string;
  /** Reply address and initiator's index: where a repeated message 1 comes from. */
  readonly origin: string;
  /** Whose share of the places it takes. */
  readonly host: string;
  readonly initiatorIndex: number;
  readonly initNoise: Uint8Array;
  readonly noise: NoiseHandshake;
  readonly response: Uint8Array;
  readonly expiresAt: number;
  readonly respondedAt: number;
}

/**
 * Handshakes that others have half done. When all places are taken, a newcomer takes the oldest one
 * of the host that has the most, its own among them: a crowd from one host shuts nobody else out.
 */
export class PendingHandshakes {
  readonly #limit: number;
  readonly #byOrigin: Map<string, Pending> = new Map();
  readonly #byIndex: Map<number, Pending> = new Map();
  readonly #byHost: Map<string, Set<Pending>> = new Map();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byIndex.size;
  }

  withIndex(index: number): Pending | undefined {
    return this.#byIndex.get(index);
  }

  fromOrigin(origin: string): Pending | undefined {
    return this.#byOrigin.get(origin);
  }

  /** Takes a place; answers whether another handshake lost it for that. */
  add(pending: Pending): boolean {
    const known = this.#byOrigin.get(pending.origin);
    if (known !== undefined) this.remove(known);
    const loser = this.size >= this.#limit ? this.#loserTo(pending.host) : undefined;
    if (loser !== undefined) this.remove(loser);
    this.#byOrigin.set(pending.origin, pending);
    this.#byIndex.set(pending.index, pending);
    const ofHost = this.#byHost.get(pending.host);
    if (ofHost === undefined) this.#byHost.set(pending.host, new Set([pending]));
    else ofHost.add(pending);
    return loser !== undefined;
  }

  remove(pending: Pending): void {
    this.#byIndex.delete(pending.index);
    this.#byOrigin.delete(pending.origin);
    const ofHost = this.#byHost.get(pending.host);
    ofHost?.delete(pending);
    if (ofHost?.size === 0) this.#byHost.delete(pending.host);
  }

  /** Drops what was begun and never finished. */
  expire(now: number): void {
    for (const pending of this.#byIndex.values()) {
      if (pending.expiresAt > now) return;
      this.remove(pending);
    }
  }

  #loserTo(host: string): Pending | undefined {
    let most: ReadonlySet<Pending> = this.#byHost.get(host) ?? new Set();
    for (const ofHost of this.#byHost.values()) if (ofHost.size > most.size) most = ofHost;
    const [oldest] = most;
    return oldest;
  }
}
