import type { NodeId } from "@selvage/core";

/** A neighbour is told of ways to one destination no more often than this on average, in milliseconds. */
export const ROUTE_INTERVAL_MS = 1_000;
/** So many times it is told at once: links that come up or fail over are no flapping ones. */
export const ROUTE_BURST = 5;

/**
 * Holds back words of ways that come and go, so that one flapping link does not keep a mesh busy
 * (after the minimum interval between advertisements of BGP, RFC 4271 §9.2.1.1).
 */
export class RouteDamping {
  /** When each destination's words will have been paid for: the generic cell rate algorithm. */
  readonly #paidAt: Map<NodeId, number> = new Map();
  readonly #held: Set<NodeId> = new Set();

  /** Whether the destination may be spoken of now; if not, it is held back. */
  take(destination: NodeId, now: number): boolean {
    const from = Math.max(now, this.#paidAt.get(destination) ?? now);
    if (from - now > (ROUTE_BURST - 1) * ROUTE_INTERVAL_MS) {
      this.#held.add(destination);
      return false;
    }
    this.#paidAt.set(destination, from + ROUTE_INTERVAL_MS);
    this.#held.delete(destination);
    return true;
  }

  /** There is nothing to say of the destination any more. */
  drop(destination: NodeId): void {
    this.#held.delete(destination);
  }

  /** What is held back, to be tried again. */
  held(): readonly NodeId[] {
    return [...this.#held];
  }

  /** Forgets what was paid for. */
  expire(now: number): void {
    for (const [destination, at] of this.#paidAt) {
      if (at <= now) this.#paidAt.delete(destination);
    }
  }
}
