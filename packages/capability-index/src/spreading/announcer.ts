import { type Clock, CloseOnce, type Logger, type NodeId } from "@selvage/core";
import type { CryptoProvider, Identity } from "@selvage/identity";
import type { MessageStream, PeerEvent, Transport } from "@selvage/transport";

import { createAnnouncement } from "../announcement/announcement.ts";
import { AnnouncementVerifier, type AnnouncementVerifierStats } from "../announcement/verifier.ts";
import { CapabilitySet } from "../capabilities/capability-set.ts";
import { DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, MIN_TTL_SECONDS } from "../defaults.ts";
import type { CapabilityIndex } from "../index/capability-index.ts";
import { ANNOUNCEMENT_PROTOCOL, PeerFeed } from "./peer-feed.ts";

/** How often what expired is freed, in milliseconds. */
const GC_INTERVAL_MS = 10_000;
/** A node announces itself anew this many times per lifetime, so that a lost one does not matter. */
const REFRESHES_PER_TTL = 3;
/** Reset code by which a closing node ends what its peers would go on telling it. */
const RESET_CLOSING = 1;
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
}

/**
 * Spreads announcements: tells peers what this node can do, takes in what others say, and passes
 * on what is news. A peer that fails is hidden from the index, not forgotten; when it is back, both
 * sides tell each other everything anew.
 */
export class Announcer implements AsyncDisposable {
  readonly #parts: AnnouncerParts;
  readonly #ttlSeconds: number;
  readonly #verifier: AnnouncementVerifier;
  readonly #feeds: Map<NodeId, PeerFeed> = new Map();
  readonly #subscriptions: readonly Disposable[];
  readonly #incoming: Set<MessageStream> = new Set();
  readonly #closeOnce = new CloseOnce(() => this.#close());
  #capabilities: CapabilitySet = CapabilitySet.empty;
  #version = 0;
  #refresh: Disposable | undefined;
  #gc: Disposable | undefined;

  /** Announces an empty set at once, so that peers know the node and how to dial it. */
  constructor(parts: AnnouncerParts, { ttlSeconds = DEFAULT_TTL_SECONDS }: AnnouncerConfig = {}) {
    if (!(ttlSeconds >= MIN_TTL_SECONDS && ttlSeconds <= MAX_TTL_SECONDS)) {
      throw new RangeError(
        `ttlSeconds must be from ${MIN_TTL_SECONDS} to ${MAX_TTL_SECONDS}, got ${ttlSeconds}`,
      );
    }
    const { transport, index, clock, crypto } = parts;
    this.#parts = parts;
    this.#ttlSeconds = ttlSeconds;
    this.#verifier = new AnnouncementVerifier({
      clock,
      provider: crypto,
      nodeId: transport.nodeId,
      known: index,
    });
    this.#subscriptions = [
      transport.serve(ANNOUNCEMENT_PROTOCOL, (stream) => void this.#read(stream)),
      transport.onPeer((event) => this.#onPeer(event)),
    ];
    this.announce(CapabilitySet.empty);
    this.#scheduleGc();
  }

  /** What the node announces now. */
  get capabilities(): CapabilitySet {
    return this.#capabilities;
  }

  /** Counters of what was received. */
  stats(): AnnouncementVerifierStats {
    return this.#verifier.stats();
  }

  /** Replaces what the node announces, and tells everybody. */
  announce(capabilities: CapabilitySet): void {
    if (this.#closeOnce.started) return;
    this.#capabilities = capabilities;
    this.#publish(false);
  }

  /** Says goodbye to everybody (the node's entry is withdrawn) and stops. Idempotent. */
  close(): Promise<void> {
    return this.#closeOnce.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #publish(tombstone: boolean, above = 0): void {
    const { clock, identity, index, transport } = this.#parts;
    const wallMs = clock.wallNow();
    // Versions start from wall time, so that a restarted node is above its former self.
    this.#version = Math.max(this.#version + 1, above + 1, Math.floor(wallMs));
    const announcement = createAnnouncement(identity, {
      bootId: transport.bootId,
      version: this.#version,
      wallMs,
      ttlSeconds: this.#ttlSeconds,
      capabilities: tombstone ? CapabilitySet.empty : this.#capabilities,
      addresses: tombstone ? [] : transport.advertised,
      tombstone,
    });
    index.apply(announcement);
    this.#tell(transport.nodeId);
    this.#refresh?.[Symbol.dispose]();
    if (tombstone) return;
    const refreshMs = (this.#ttlSeconds * 1_000) / REFRESHES_PER_TTL;
    this.#refresh = clock.setTimeout(() => this.#publish(false), refreshMs).unref();
  }

  async #read(stream: MessageStream): Promise<void> {
    this.#incoming.add(stream);
    try {
      for (;;) {
        const message = await stream.receive();
        if (message === undefined) break;
        this.#onAnnouncement(message, stream.nodeId);
      }
      stream.end();
    } catch (error) {
      this.#parts.logger.debug("announcements of a peer ended", { peer: stream.nodeId, error });
    } finally {
      this.#incoming.delete(stream);
    }
  }

  #onAnnouncement(message: Uint8Array, via: NodeId): void {
    const verdict = this.#verifier.verify(message);
    switch (verdict.status) {
      case "accepted": {
        const { announcement } = verdict;
        const outcome = this.#parts.index.apply(announcement, { via });
        if (outcome === "added" || outcome === "updated" || outcome === "removed") {
          this.#tell(announcement.nodeId, via);
        }
        break;
      }
      case "own":
        this.#onEcho(verdict.announcement);
        break;
      case "dropped":
        this.#parts.logger.debug("dropped an announcement", { via, reason: verdict.reason });
        break;
    }
  }

  /** A former run of ours is still being told around: speak above it, as OSPF does. */
  #onEcho({ bootId, version }: { readonly bootId: string; readonly version: number }): void {
    const { transport } = this.#parts;
    if (bootId === transport.bootId || version < this.#version || this.#closeOnce.started) return;
    this.#publish(false, version);
  }

  #onPeer({ type, peer }: PeerEvent): void {
    const { index, clock, logger } = this.#parts;
    switch (type) {
      case "connected":
      case "recovered":
        this.#feeds.get(peer.nodeId)?.[Symbol.dispose]();
        this.#feeds.set(peer.nodeId, new PeerFeed(peer, index, clock, logger));
        index.unhide(peer.nodeId);
        break;
      case "failed":
        index.hide(peer.nodeId);
        break;
      case "disconnected":
        this.#feeds.get(peer.nodeId)?.[Symbol.dispose]();
        this.#feeds.delete(peer.nodeId);
        // One that had failed stays hidden until it shows a sign of life.
        if (peer.state !== "failed") index.unhide(peer.nodeId);
        break;
      case "unresponsive":
      case "responsive":
      case "suspected":
      case "goodbye":
      case "identity-in-use":
        break;
    }
  }

  #tell(nodeId: NodeId, except?: NodeId): void {
    for (const [peer, feed] of this.#feeds) if (peer !== except) feed.push(nodeId);
  }

  #scheduleGc(): void {
    const { clock, index } = this.#parts;
    this.#gc = clock
      .setTimeout(() => {
        index.gc();
        this.#scheduleGc();
      }, GC_INTERVAL_MS)
      .unref();
  }

  async #close(): Promise<void> {
    this.#publish(true);
    const { clock } = this.#parts;
    const sent = Promise.all([...this.#feeds.values()].map((feed) => feed.flushed()));
    const giveUp = new AbortController();
    const bound = clock.sleep(GOODBYE_MS, { signal: giveUp.signal }).catch(() => {});
    await Promise.race([sent, bound]);
    giveUp.abort();
    this.#gc?.[Symbol.dispose]();
    this.#refresh?.[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    for (const feed of this.#feeds.values()) feed[Symbol.dispose]();
    for (const stream of this.#incoming) stream.reset(RESET_CLOSING);
    this.#feeds.clear();
  }
}
