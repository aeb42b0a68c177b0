import { type Clock, CloseOnce, type Listen, type Logger, type NodeId } from "@selvage/core";
import type { CryptoProvider, Identity } from "@selvage/identity";
import type { PeerEvent, Transport } from "@selvage/transport";

import { AnnouncementVerifier, type AnnouncementVerifierStats } from "../announcement/verifier.ts";
import { CapabilitySet } from "../capabilities/capability-set.ts";
import {
  DEFAULT_RANKED_NEIGHBOURS,
  DEFAULT_TTL_SECONDS,
  MAX_RANKED_NEIGHBOURS,
  MAX_TTL_SECONDS,
  MIN_TTL_SECONDS,
} from "../defaults.ts";
import type { CapabilityIndex } from "../index/capability-index.ts";
import { ANNOUNCEMENT_PROTOCOL, Feeds } from "./feeds.ts";
import { Intake } from "./intake.ts";
import { Neighbours } from "./neighbours.ts";
import { type AnnounceOptions, type IdentityInUse, Publisher } from "./publisher.ts";

/** How often what expired is freed and told of, in milliseconds. */
const GC_INTERVAL_MS = 1_000;
/** How long the goodbye may take to leave, in milliseconds. */
const GOODBYE_MS = 500;

/** The parts of an {@link Announcer}. */
export interface AnnouncerParts {
  readonly transport: Transport;
  readonly index: CapabilityIndex;
  readonly identity: Identity;
  readonly crypto: CryptoProvider;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Configuration of an {@link Announcer}. */
export interface AnnouncerConfig {
  /** Lifetime of our announcements, 30 to 900 seconds; default {@link DEFAULT_TTL_SECONDS}. */
  readonly ttlSeconds?: number | undefined;
  /**
   * Nodes that this one keeps sessions with only to exchange announcements, beside those it is
   * configured with; as many choose it, on average. 0: it dials nobody for that, and exchanges
   * announcements with whoever wants to. Default {@link DEFAULT_RANKED_NEIGHBOURS}.
   */
  readonly rankedNeighbours?: number | undefined;
}

/** Counters of an {@link Announcer} since it was made. */
export interface AnnouncerStats extends AnnouncementVerifierStats {
  /** Neighbours that announcements are exchanged with now. */
  readonly neighbours: number;
  /** How often neighbours were told what this node announces. */
  readonly told: number;
  /** Comparisons of tables that this node began because they stayed different. */
  readonly syncs: number;
  /** Announcements dropped because their node sends too many. */
  readonly rateLimited: number;
  /** Messages of neighbours that made no sense, or were not asked for. */
  readonly refused: number;
}

/**
 * Spreads announcements: tells neighbours what this node can do, takes in what they say, and passes
 * on what is news. A peer that fails is hidden from the index, not forgotten; when it is back, both
 * sides find out what they missed.
 */
export class Announcer implements AsyncDisposable {
  readonly #parts: AnnouncerParts;
  readonly #verifier: AnnouncementVerifier;
  readonly #publisher: Publisher;
  readonly #intake: Intake;
  readonly #feeds: Feeds;
  readonly #neighbours: Neighbours;
  readonly #subscriptions: readonly Disposable[];
  readonly #closeOnce = new CloseOnce(() => this.#close());
  #gc: Disposable | undefined;

  /** Announces an empty set at once, so that peers know the node and how to dial it. */
  constructor(
    parts: AnnouncerParts,
    {
      ttlSeconds = DEFAULT_TTL_SECONDS,
      rankedNeighbours = DEFAULT_RANKED_NEIGHBOURS,
    }: AnnouncerConfig = {},
  ) {
    requireWhole("rankedNeighbours", rankedNeighbours, 0, MAX_RANKED_NEIGHBOURS);
    requireWhole("ttlSeconds", ttlSeconds, MIN_TTL_SECONDS, MAX_TTL_SECONDS);
    const { transport, index, clock, crypto, logger } = parts;
    const { nodeId } = transport;
    this.#parts = parts;
    this.#verifier = new AnnouncementVerifier({ clock, provider: crypto, nodeId, known: index });
    this.#feeds = new Feeds({
      transport,
      index,
      clock,
      logger,
      take: (announcement, feed) => this.#intake.take(announcement, feed.nodeId),
      onLost: (neighbour, error) => this.#neighbours.onFeedLost(neighbour, error),
    });
    this.#publisher = new Publisher({ ...parts, tell: () => this.#feeds.tell(nodeId) }, ttlSeconds);
    this.#intake = new Intake({
      index,
      verifier: this.#verifier,
      clock,
      logger,
      tell: (about, except) => this.#feeds.tell(about, except),
      answer: (neighbour, about) => this.#feeds.answer(neighbour, about),
      onOwn: (announcement) => this.#publisher.onOwn(announcement),
    });
    this.#neighbours = new Neighbours({ ...parts, rankedNeighbours }, this.#feeds);
    this.#subscriptions = [
      transport.serve(ANNOUNCEMENT_PROTOCOL, (stream) => this.#feeds.accept(stream)),
      transport.onPeer((event) => this.#onPeer(event)),
      this.#neighbours,
    ];
    this.announce(CapabilitySet.empty, { urgent: true });
    this.#scheduleGc();
  }

  /** What the node announces now. */
  get capabilities(): CapabilitySet {
    return this.#publisher.capabilities;
  }

  /** Another live process announces itself with this node's key. */
  get onIdentityInUse(): Listen<IdentityInUse> {
    return this.#publisher.onIdentityInUse;
  }

  stats(): AnnouncerStats {
    const { syncs, refused } = this.#feeds.totals;
    return {
      ...this.#verifier.stats(),
      neighbours: this.#feeds.size,
      told: this.#publisher.told,
      syncs,
      refused,
      rateLimited: this.#intake.rateLimited,
    };
  }

  /**
   * Replaces what the node announces. It holds here at once, and for others when they are told.
   *
   * @throws CapabilityError with kind `oversize` when it is too large for receivers; then what was
   * announced before goes on.
   */
  announce(capabilities: CapabilitySet, options?: AnnounceOptions): void {
    this.#publisher.announce(capabilities, options);
  }

  /** The node found at a configured address: announcements are exchanged with it, too. */
  configurePeer(address: string, nodeId: NodeId): void {
    this.#neighbours.configure(address, nodeId);
  }

  /** Says goodbye to everybody (the node's entry is withdrawn) and stops. Idempotent. */
  close(): Promise<void> {
    return this.#closeOnce.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #onPeer({ type, peer }: PeerEvent): void {
    const { index } = this.#parts;
    switch (type) {
      case "connected":
      case "recovered":
        index.unhide(peer.nodeId);
        this.#neighbours.onReachable(peer.nodeId);
        break;
      case "failed":
        index.hide(peer.nodeId);
        this.#feeds.drop(peer.nodeId);
        this.#neighbours.reviewSoon();
        break;
      case "disconnected":
        this.#feeds.drop(peer.nodeId);
        // One that had failed stays hidden until it shows a sign of life.
        if (peer.state !== "failed") index.unhide(peer.nodeId);
        this.#neighbours.reviewSoon();
        break;
      case "goodbye":
        this.#neighbours.reviewSoon();
        break;
      case "unresponsive":
      case "responsive":
      case "suspected":
      case "identity-in-use":
        break;
    }
  }

  #scheduleGc(): void {
    const { clock, index } = this.#parts;
    this.#gc = clock
      .setTimeout(() => {
        index.gc();
        this.#intake.expire();
        this.#scheduleGc();
      }, GC_INTERVAL_MS)
      .unref();
  }

  async #close(): Promise<void> {
    this.#publisher.withdraw();
    const { clock } = this.#parts;
    const giveUp = new AbortController();
    const bound = clock.sleep(GOODBYE_MS, { signal: giveUp.signal }).catch(() => {});
    await Promise.race([this.#feeds.flushed(), bound]);
    giveUp.abort();
    this.#gc?.[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#feeds.close();
  }
}

function requireWhole(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new RangeError(`${name} must be a whole number from ${low} to ${high}, got ${value}`);
}
