import { type NodeId, TokenBucket } from "@selvage/core";

import type { TransportLimits } from "../defaults.ts";

/** The limits that concern what a node is granted. */
export type AllowanceLimits = Pick<
  TransportLimits,
  "maxRoutesPerPeer" | "relayBytesPerSecond" | "relayPacketsPerSecond"
>;

/** The share of a second's allowance that may be used at once. */
const BURST_SECONDS = 0.25;
/** Words about routes taken per second of one node, on average; at once, as many as it may offer. */
export const ROUTE_WORDS_PER_SECOND = 256;

/** What a node is granted in relaying, however many sessions it has. */
export class Allowance {
  /** Sessions that the node has now. */
  sessions = 0;
  /** Words about routes to take as they come. */
  readonly words: TokenBucket;
  /** Words to take that were put off: what keeps coming does not outrun them. */
  readonly lateWords: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #packets: TokenBucket;
  readonly #maxDestinations: number;
  /** In how many of its sessions the node has spoken of each destination. */
  readonly #destinations: Map<NodeId, number> = new Map();

  constructor(limits: AllowanceLimits, now: () => number) {
    const { maxRoutesPerPeer, relayBytesPerSecond, relayPacketsPerSecond } = limits;
    const words = ROUTE_WORDS_PER_SECOND;
    this.#maxDestinations = maxRoutesPerPeer;
    this.words = new TokenBucket(Math.max(maxRoutesPerPeer, words), words, now);
    this.lateWords = bucket(words, now);
    this.#bytes = bucket(relayBytesPerSecond, now);
    this.#packets = bucket(relayPacketsPerSecond, now);
  }

  /** Without it, the node would be granted no more. */
  get isIdle(): boolean {
    if (this.sessions > 0) return false;
    return [this.words, this.lateWords, this.#bytes, this.#packets].every(({ isFull }) => isFull);
  }

  /** Takes a packet out of what may be forwarded for the node; `false` if that is used up. */
  mayForward(bytes: number): boolean {
    return this.#packets.take() && this.#bytes.take(bytes);
  }

  /** A session of the node speaks of a destination; `false` if it spoke of too many already. */
  claim(destination: NodeId): boolean {
    const sessions = this.#destinations.get(destination) ?? 0;
    if (sessions === 0 && this.#destinations.size >= this.#maxDestinations) return false;
    this.#destinations.set(destination, sessions + 1);
    return true;
  }

  /** What a session said of a destination is forgotten. */
  release(destination: NodeId): void {
    const sessions = (this.#destinations.get(destination) ?? 0) - 1;
    if (sessions > 0) this.#destinations.set(destination, sessions);
    else this.#destinations.delete(destination);
  }
}

/** The allowances of all nodes with sessions, and of those that have used theirs up lately. */
export class Allowances {
  readonly #limits: AllowanceLimits;
  readonly #now: () => number;
  readonly #nodes: Map<NodeId, Allowance> = new Map();

  constructor(limits: AllowanceLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  of(nodeId: NodeId): Allowance {
    const known = this.#nodes.get(nodeId);
    if (known !== undefined) return known;
    const allowance = new Allowance(this.#limits, this.#now);
    this.#nodes.set(nodeId, allowance);
    return allowance;
  }

  expire(): void {
    for (const [nodeId, allowance] of this.#nodes) {
      if (allowance.isIdle) this.#nodes.delete(nodeId);
    }
  }
}

const bucket = (perSecond: number, now: () => number): TokenBucket =>
  new TokenBucket(Math.max(1, BURST_SECONDS * perSecond), perSecond, now);
