import { TokenBucket } from "@selvage/core";

import { hostOf } from "./source.ts";

/** Sources, and hosts, that are told apart at once; the others share one allowance. */
const MAX_ENTRIES = 4_096;
/** At once a source may use up the allowance of this many seconds. */
const BURST_SECONDS = 2;
/** What all sources of a host have together, as a multiple of what one has. */
const HOST_SHARES = 10;

/** Rations handshakes by the source that they claim, and by its host. */
export class SourceLimiter {
  readonly #sources: BucketTable;
  readonly #hosts: BucketTable;

  constructor(perSecond: number, now: () => number) {
    this.#sources = new BucketTable(perSecond, now);
    this.#hosts = new BucketTable(HOST_SHARES * perSecond, now);
  }

  /** Takes one handshake out of the allowance of its source; `false` if that is used up. */
  take(source: string): boolean {
    return this.#sources.bucketOf(source).take() && this.#hosts.bucketOf(hostOf(source)).take();
  }
}

/** A bucket for each key that was seen lately, in the order in which they were. */
class BucketTable {
  readonly #buckets: Map<string, TokenBucket> = new Map();
  readonly #create: () => TokenBucket;
  readonly #shared: TokenBucket;

  constructor(perSecond: number, now: () => number) {
    this.#create = () => new TokenBucket(BURST_SECONDS * perSecond, perSecond, now);
    this.#shared = this.#create();
  }

  bucketOf(key: string): TokenBucket {
    const bucket = this.#buckets.get(key) ?? this.#newBucket();
    if (bucket === this.#shared) return bucket;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    return bucket;
  }

  /** Only what is full again may be forgotten: it would come back no different. */
  #newBucket(): TokenBucket {
    if (this.#buckets.size >= MAX_ENTRIES) {
      const [oldest] = this.#buckets;
      if (oldest?.[1].isFull !== true) return this.#shared;
      this.#buckets.delete(oldest[0]);
    }
    return this.#create();
  }
}
