import { type Clock, type NodeId, type Timer } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";
import { isTransportError, type Peer, type Transport } from "@selvage/transport";

import type { CapabilityIndex } from "../index/capability-index.ts";
import type { CapabilityChange } from "../index/change.ts";
import { FeedReset } from "./feed.ts";
import type { Feeds } from "./feeds.ts";
import { Ranking } from "./ranking.ts";
import { type Dialable, Redial } from "./redial.ts";

/** Neighbours that a node takes of those it was configured with. */
const CONFIGURED_NEIGHBOURS = 4;

/** How often the choice is looked at when nothing changes, in milliseconds. */
const REVIEW_MS = 1_000;
/** The least time between two looks for a reason, in milliseconds: each walks over the index. */
const REVIEW_PAUSE_MS = 20;
/** How far down the ranks a node goes when those it prefers cannot be reached. */
const MAX_SUBSTITUTES = 12;
/** A feed that is not wanted any more goes on so long, in milliseconds: the choice may swing back. */
const LINGER_MS = 10_000;
/** First and longest wait before a feed that broke is opened again, in milliseconds. */
const MIN_REOPEN_MS = 100;
const MAX_REOPEN_MS = 5_000;
/** A feed that could have been opened again for so long is as good as new, in milliseconds. */
const CALM_MS = 60_000;
/** Wait before asking a neighbour again that had no room, in milliseconds. */
const FULL_MS = 30_000;
/** Nodes that expired, but are tried still: the mesh may have been divided for longer than entries live. */
const MAX_LOST = 32;
/** For how long they are tried, in milliseconds (24 h). */
const LOST_MS = 86_400_000;

interface Reopening {
  failures: number;
  nextAt: number;
}

/** What {@link Neighbours} work with. */
export interface NeighboursParts {
  readonly transport: Transport;
  readonly index: CapabilityIndex;
  readonly crypto: CryptoProvider;
  readonly clock: Clock;
  /** Neighbours chosen by rank. */
  readonly rankedNeighbours: number;
}

/**
 * Chooses the neighbours of a node, those with whom it exchanges announcements, and keeps feeds to
 * them: a few by rank, and a few of those it was configured with. When some cannot be reached,
 * others stand in. Nodes that failed are dialled until they are back, or nobody remembers them.
 */
export class Neighbours implements Disposable {
  readonly #parts: NeighboursParts;
  readonly #feeds: Feeds;
  readonly #ranking: Ranking;
  readonly #redial: Redial;
  readonly #subscription: Disposable;
  /** Node ids found at configured addresses, by address. */
  readonly #configured: Map<string, NodeId> = new Map();
  readonly #hidden: Map<NodeId, Dialable> = new Map();
  readonly #lost: Map<NodeId, Dialable & { readonly since: number }> = new Map();
  readonly #reopening: Map<NodeId, Reopening> = new Map();
  readonly #unwantedSince: Map<NodeId, number> = new Map();
  #timer: Timer | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #reviewedAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(parts: NeighboursParts, feeds: Feeds) {
    const { clock, crypto, index, transport } = parts;
    this.#parts = parts;
    this.#feeds = feeds;
    this.#ranking = new Ranking(transport.nodeId, crypto);
    this.#redial = new Redial(transport, clock);
    this.#subscription = index.onChange((change) => this.#onChange(change));
    this.#reviewIn(REVIEW_MS);
  }

  /** The node that was found at a configured address. */
  configure(address: string, nodeId: NodeId): void {
    this.#configured.set(address, nodeId);
    this.#review();
  }

  /** A session stands, or stands again: no need to wait with a feed. */
  onReachable(nodeId: NodeId): void {
    this.#reopening.delete(nodeId);
    this.#redial.forget(nodeId);
    this.#review();
    this.reviewSoon();
    const peer = this.#peer(nodeId);
    // Nobody here tells of it any more: it must do so itself.
    if (this.#lost.delete(nodeId) && peer !== undefined) this.#feeds.open(peer);
  }

  /** A feed ended that we did not end. */
  onFeedLost(nodeId: NodeId, error: unknown): void {
    this.#unwantedSince.delete(nodeId);
    const isFull = isTransportError(error, "stream-reset") && error.code === FeedReset.full;
    const { failures } = this.#reopening.get(nodeId) ?? { failures: 0 };
    const waitMs = Math.min(MAX_REOPEN_MS, MIN_REOPEN_MS * 2 ** Math.min(16, failures));
    const nextAt = this.#parts.clock.now() + (isFull ? FULL_MS : waitMs);
    this.#reopening.set(nodeId, { failures: failures + 1, nextAt });
    this.#reviewIn(Math.min(REVIEW_MS, waitMs));
  }

  reviewSoon(): void {
    const { clock } = this.#parts;
    this.#reviewIn(Math.max(0, this.#reviewedAt + REVIEW_PAUSE_MS - clock.now()));
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    this.#subscription[Symbol.dispose]();
  }

  #onChange(change: CapabilityChange): void {
    const { nodeId, addresses } = change.entry;
    if (nodeId === this.#parts.transport.nodeId) return;
    // News of it do not end its being hidden: it must be heard.
    const isHidden = change.type !== "removed" && this.#parts.index.isHidden(nodeId);
    if (isHidden) this.#hidden.set(nodeId, { nodeId, addresses });
    else this.#hidden.delete(nodeId);
    if (change.type === "removed") {
      this.#ranking.forget(nodeId);
      this.#redial.forget(nodeId);
      if (change.cause === "expired") this.#remember({ nodeId, addresses });
    } else if (change.type === "added") {
      this.#lost.delete(nodeId);
    }
    // Whoever announces something is alive, perhaps at another address.
    const isBack = change.type !== "removed" && this.#redial.isFailing(nodeId);
    if (isBack) this.#redial.forget(nodeId);
    if (isBack || change.type !== "updated") this.reviewSoon();
  }

  #remember(node: Dialable): void {
    this.#lost.delete(node.nodeId);
    this.#lost.set(node.nodeId, { ...node, since: this.#parts.clock.now() });
    const [oldest] = this.#lost.keys();
    if (this.#lost.size <= MAX_LOST || oldest === undefined) return;
    this.#lost.delete(oldest);
    this.#redial.forget(oldest);
  }

  #reviewIn(ms: number): void {
    const { clock } = this.#parts;
    const dueAt = clock.now() + ms;
    if (this.#isClosed || dueAt >= this.#dueAt) return;
    this.#timer?.[Symbol.dispose]();
    this.#dueAt = dueAt;
    this.#timer = clock.setTimeout(() => this.#review(), ms).unref();
  }

  #review(): void {
    if (this.#isClosed) return;
    const isTimed = this.#timer !== undefined && this.#parts.clock.now() >= this.#dueAt;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#reviewedAt = this.#parts.clock.now();
    const wanted = this.#choose();
    // With nobody to ask, whoever is there is asked; but it may be about to ask us.
    if (isTimed && this.#feeds.size === 0) {
      for (const { nodeId } of this.#parts.transport.peers()) wanted.add(nodeId);
    }
    for (const nodeId of wanted) this.#open(nodeId);
    this.#dropUnwanted(wanted);
    this.#forgetOld(this.#reviewedAt);
    this.#redial.dialAll([...this.#hidden.values(), ...this.#lost.values()]);
    this.#reviewIn(REVIEW_MS);
  }

  #forgetOld(now: number): void {
    for (const { nodeId, since } of this.#lost.values()) {
      if (now - since < LOST_MS) continue;
      this.#lost.delete(nodeId);
      this.#redial.forget(nodeId);
    }
    for (const [nodeId, { nextAt }] of this.#reopening) {
      if (now - nextAt >= CALM_MS) this.#reopening.delete(nodeId);
    }
  }

  /** Those to have feeds with; dials those among them that no session stands with. */
  #choose(): Set<NodeId> {
    const { index, rankedNeighbours, transport } = this.#parts;
    const configured = Array.from(new Set(this.#configured.values()), (nodeId) => ({ nodeId }));
    const reachable = configured.filter(({ nodeId }) => this.#peer(nodeId) !== undefined);
    const wanted = new Set(
      this.#ranking.first(reachable, CONFIGURED_NEIGHBOURS).map(({ nodeId }) => nodeId),
    );
    const others = index.find().filter(({ nodeId }) => nodeId !== transport.nodeId);
    let found = 0;
    for (const entry of this.#ranking.first(others, rankedNeighbours + MAX_SUBSTITUTES)) {
      if (found >= rankedNeighbours) break;
      const { nodeId } = entry;
      if (this.#peer(nodeId) === undefined) {
        this.#redial.dial(entry);
        // Until it is clear that it cannot be reached, nobody stands in.
        if (!this.#redial.isFailing(nodeId)) found++;
      } else {
        wanted.add(nodeId);
        if (!this.#isRefusing(nodeId)) found++;
      }
    }
    return wanted;
  }

  #open(nodeId: NodeId): void {
    const peer = this.#peer(nodeId);
    if (peer === undefined || this.#isRefusing(nodeId)) return;
    if (!this.#feeds.open(peer)) this.onFeedLost(nodeId, undefined);
  }

  #dropUnwanted(wanted: ReadonlySet<NodeId>): void {
    const now = this.#parts.clock.now();
    for (const { nodeId } of this.#feeds.ours()) {
      if (wanted.has(nodeId)) {
        this.#unwantedSince.delete(nodeId);
        continue;
      }
      const since = this.#unwantedSince.get(nodeId) ?? now;
      this.#unwantedSince.set(nodeId, since);
      if (now - since < LINGER_MS) continue;
      this.#unwantedSince.delete(nodeId);
      this.#feeds.drop(nodeId);
    }
  }

  /** A feed to it broke, or it had no room, so lately that it is left alone. */
  #isRefusing(nodeId: NodeId): boolean {
    const reopening = this.#reopening.get(nodeId);
    return reopening !== undefined && this.#parts.clock.now() < reopening.nextAt;
  }

  /** The node, if there is a session with it that feeds can be opened on. */
  #peer(nodeId: NodeId): Peer | undefined {
    const peer = this.#parts.transport.peer(nodeId);
    return peer === undefined || peer.isGoingAway || peer.state === "failed" ? undefined : peer;
  }
}
