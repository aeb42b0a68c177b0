import { type Logger, type NodeId } from "@selvage/core";
import type { MessageStream, Peer } from "@selvage/transport";

import { Feed, type FeedParts, FeedReset } from "./feed.ts";

/** The transport protocol number of announcements. */
export const ANNOUNCEMENT_PROTOCOL = 2;

/** Feeds that others opened to us, at most: a node that everybody is configured with. */
const MAX_ACCEPTED = 64;
/** A feed this old has brought its opener up to date, in milliseconds: it can make room. */
const SETTLED_MS = 5_000;
/** A feed is opened anew so often, in milliseconds: it may be on a session that was replaced. */
const FEED_LIFE_MS = 3_600_000;

/** What {@link Feeds} work with. */
export interface FeedsParts extends Omit<FeedParts, "ended"> {
  readonly logger: Logger;
  /** A feed ended that we did not end. */
  onLost(nodeId: NodeId, error: unknown): void;
}

/** The feeds of a node: one per neighbour, whoever opened it. */
export class Feeds {
  readonly #parts: FeedsParts;
  readonly #feeds: Map<NodeId, Feed> = new Map();
  readonly #feedParts: FeedParts;
  #syncs = 0;
  #refused = 0;

  constructor(parts: FeedsParts) {
    this.#parts = parts;
    this.#feedParts = { ...parts, ended: (feed, error) => this.#onEnded(feed, error) };
  }

  get size(): number {
    return this.#feeds.size;
  }

  /** Syncs started, and messages refused, since the beginning. */
  get totals(): { readonly syncs: number; readonly refused: number } {
    let syncs = this.#syncs;
    let refused = this.#refused;
    for (const feed of this.#feeds.values()) {
      syncs += feed.syncsStarted;
      refused += feed.refused;
    }
    return { syncs, refused };
  }

  /** Neighbours whose feed we opened. */
  ours(): Feed[] {
    return [...this.#feeds.values()].filter(({ isOurs }) => isOurs);
  }

  /** Opens a feed to a peer, unless there is a young enough one; `false` if that failed. */
  open(peer: Peer): boolean {
    const { clock, logger } = this.#parts;
    const known = this.#feeds.get(peer.nodeId);
    const isOld = known?.isOurs === true && clock.now() - known.openedAt >= FEED_LIFE_MS;
    if (known !== undefined && !isOld) return true;
    try {
      this.#put(new Feed(peer.openStream(ANNOUNCEMENT_PROTOCOL), this.#feedParts));
      return true;
    } catch (error) {
      logger.debug("a feed of announcements cannot be opened", { peer: peer.nodeId, error });
      return false;
    }
  }

  /** A neighbour opened a feed. */
  accept(stream: MessageStream): void {
    const { nodeId } = stream;
    const known = this.#feeds.get(nodeId);
    // Opened by both at once: both keep the one that the lower node id opened. If the neighbour
    // knew of ours and opens one anyway, it has lost ours.
    const isOursBetter = known?.isOurs === true && !known.isProven;
    if (isOursBetter && this.#parts.transport.nodeId < nodeId) {
      stream.reset(FeedReset.superseded);
      return;
    }
    if (known === undefined && !this.#makeRoom()) {
      stream.reset(FeedReset.full);
      return;
    }
    this.#put(new Feed(stream, this.#feedParts));
  }

  /** Ends the feed to a node, if there is one. */
  drop(nodeId: NodeId): void {
    const feed = this.#feeds.get(nodeId);
    if (feed === undefined) return;
    this.#remove(feed);
    feed[Symbol.dispose]();
  }

  /** Tells all neighbours but one what is known of a node. */
  tell(nodeId: NodeId, except?: NodeId): void {
    for (const [neighbour, feed] of this.#feeds) {
      // Who something is about knows it best.
      if (neighbour !== except && neighbour !== nodeId) feed.push(nodeId);
    }
  }

  /** Tells one neighbour what is known of a node. */
  answer(neighbour: NodeId, nodeId: NodeId): void {
    this.#feeds.get(neighbour)?.push(nodeId);
  }

  /** Resolves when all that was to be told was handed to the transport. */
  async flushed(): Promise<void> {
    await Promise.all(Array.from(this.#feeds.values(), (feed) => feed.flushed()));
  }

  close(): void {
    for (const nodeId of [...this.#feeds.keys()]) this.drop(nodeId);
  }

  #put(feed: Feed): void {
    const before = this.#feeds.get(feed.nodeId);
    this.#feeds.set(feed.nodeId, feed);
    if (before === undefined) return;
    this.#count(before);
    before.reset(FeedReset.superseded);
  }

  #onEnded(feed: Feed, error: unknown): void {
    if (this.#feeds.get(feed.nodeId) !== feed) return;
    this.#remove(feed);
    this.#parts.logger.debug("a feed of announcements ended", { peer: feed.nodeId, error });
    this.#parts.onLost(feed.nodeId, error);
  }

  #remove(feed: Feed): void {
    this.#feeds.delete(feed.nodeId);
    this.#count(feed);
  }

  #count({ syncsStarted, refused }: Feed): void {
    this.#syncs += syncsStarted;
    this.#refused += refused;
  }

  /** Room for one more that others open, at the cost of the one that had the longest time. */
  #makeRoom(): boolean {
    const accepted = [...this.#feeds.values()].filter(({ isOurs }) => !isOurs);
    if (accepted.length < MAX_ACCEPTED) return true;
    const [oldest] = accepted;
    const isSettled =
      oldest !== undefined && this.#parts.clock.now() - oldest.openedAt >= SETTLED_MS;
    if (!isSettled) return false;
    this.#remove(oldest);
    oldest.reset(FeedReset.full);
    return true;
  }
}
