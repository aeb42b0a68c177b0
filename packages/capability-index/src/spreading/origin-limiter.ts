import { type NodeId, TokenBucket } from "@selvage/core";

import { ORIGIN_BURST, ORIGIN_PER_SECOND } from "./pace.ts";

/** Nodes whose rates are remembered at once; beyond them, newcomers share one rate. */
const MAX_ORIGINS = 4_096;

/**
 * How often each node may announce something, whoever passes it on: one that does so without end
 * costs its neighbours, not the whole mesh.
 */
export class OriginLimiter {
  readonly #now: () => number;
  readonly #buckets: Map<NodeId, TokenBucket> = new Map();
  readonly #shared: TokenBucket;

  constructor(now: () => number) {
    this.#now = now;
    this.#shared = this.#bucket();
  }

  /** Takes one announcement of the node out of what it may send. */
  take(nodeId: NodeId): boolean {
    return this.#of(nodeId).take();
  }

  /** Forgets nodes that have been quiet; to be called now and then. */
  expire(): void {
    for (const [nodeId, bucket] of this.#buckets) {
      if (bucket.isFull) this.#buckets.delete(nodeId);
    }
  }

  #of(nodeId: NodeId): TokenBucket {
    const known = this.#buckets.get(nodeId);
    if (known !== undefined) return known;
    if (this.#buckets.size >= MAX_ORIGINS) return this.#shared;
    const bucket = this.#bucket();
    this.#buckets.set(nodeId, bucket);
    return bucket;
  }

  #bucket(): TokenBucket {
    return new TokenBucket(ORIGIN_BURST, ORIGIN_PER_SECOND, this.#now);
  }
}
