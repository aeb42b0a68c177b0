import type { Clock } from "@selvage/core";

import type { TransportLimits } from "./defaults.ts";
import type { PeerRecord } from "./peer.ts";

/** Fewer silent peers than this may well have failed together. */
const MIN_SILENT_PEERS = 3;

/**
 * Decides whose fault it is when many peers fall silent at once. At least three, and more than
 * half of all: then it is rather our own link that fails, and nothing is to be moved on account of
 * it. Not so if another peer answers meanwhile, since our link then carries; and not for longer
 * than a verdict may take at all, or the loss of most peers would never be noticed.
 */
export class OwnFault {
  readonly #host: { readonly clock: Clock; readonly limits: TransportLimits };
  #since: number | undefined;
  /** When the silence was no longer so widespread, or somebody answered. */
  #answeredAt: number | undefined;
  #count = 0;

  constructor(host: { readonly clock: Clock; readonly limits: TransportLimits }) {
    this.#host = host;
  }

  /** How often the fault was presumed to be ours. */
  get count(): number {
    return this.#count;
  }

  /** The presumption stands, and is to be looked at again. */
  get isPending(): boolean {
    return this.#since !== undefined;
  }

  /** Whether the silence of so many of these peers is presumed to be our fault. */
  isPresumed(peers: readonly PeerRecord[]): boolean {
    const now = this.#host.clock.now();
    const { probeIntervalMs, unresponsiveCapMs } = this.#host.limits;
    if (this.#isWidespread(peers)) {
      if (this.#since === undefined) this.#count++;
      this.#since ??= now;
      this.#answeredAt = undefined;
      return now - this.#since < unresponsiveCapMs;
    }
    if (this.#since === undefined) return false;
    // Our link is back: all are given the time to answer two probes.
    this.#answeredAt ??= now;
    if (now - this.#answeredAt < 2 * probeIntervalMs) return true;
    this.#since = undefined;
    return false;
  }

  #isWidespread(peers: readonly PeerRecord[]): boolean {
    // Whoever was lost before says nothing about what happens now.
    const living = peers.filter(
      ({ membership, told }) => membership === "alive" && told.responsive,
    );
    const silent = living.filter(({ silentSince }) => silentSince !== undefined);
    if (silent.length < MIN_SILENT_PEERS || 2 * silent.length <= living.length) return false;
    const from = Math.min(...silent.map(({ silentSince }) => silentSince ?? 0));
    // What was under way when our link failed may still arrive: only later answers disprove it.
    const disprovedAt = from + this.#host.limits.probeIntervalMs;
    return !living.some(({ progressAt }) => progressAt > disprovedAt);
  }
}
