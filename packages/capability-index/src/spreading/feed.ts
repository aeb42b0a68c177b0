import { type Clock, type NodeId } from "@selvage/core";
import type { MessageStream, Transport } from "@selvage/transport";

import { encodeAnnouncement } from "../announcement/announcement.ts";
import { MAX_HOPS } from "../defaults.ts";
import type { CapabilityIndex } from "../index/capability-index.ts";
import { decodeFeedMessage, encodeFeedMessage, type FeedMessage } from "../wire/feed.gen.ts";
import { DIGEST_INTERVAL_MS } from "./pace.ts";
import { TableSync } from "./table-sync.ts";

/** Messages that make no sense, or announcements that are forged, before a feed is given up. */
const MAX_FAULTS = 32;

/** Why a feed is reset. */
export const FeedReset = {
  /** The node is closing. */
  closing: 1,
  /** The neighbours have another feed, which both keep. */
  superseded: 2,
  /** The node has as many neighbours as it takes. */
  full: 3,
  /** Too much of what came made no sense. */
  faults: 4,
} as const;

/** What a {@link Feed} works with. */
export interface FeedParts {
  readonly transport: Transport;
  readonly index: CapabilityIndex;
  readonly clock: Clock;
  /** Takes an encoded announcement; `false` if it is worthless, whoever passes it on. */
  take(announcement: Uint8Array, feed: Feed): boolean;
  /** The feed is over; `error` unless the neighbour ended it in good order. */
  ended(feed: Feed, error: unknown): void;
}

/**
 * What two neighbours tell each other, both ways on one stream: what changes as it changes, and
 * digests of all that they hold. What waits is remembered as node ids only, so that a slow
 * neighbour gets the newest state and never a backlog.
 */
export class Feed implements Disposable {
  readonly nodeId: NodeId;
  readonly openedAt: number;
  readonly #parts: FeedParts;
  readonly #stream: MessageStream;
  readonly #sync: TableSync;
  readonly #pending: Set<NodeId> = new Set();
  readonly #outbox: FeedMessage[] = [];
  readonly #closed = new AbortController();
  #sending = false;
  #received = 0;
  #faults = 0;
  #wake: (() => void) | undefined;
  #idle: (() => void)[] = [];
  #digestTimer: Disposable | undefined;

  constructor(stream: MessageStream, parts: FeedParts) {
    const { transport, index, clock } = parts;
    this.nodeId = stream.nodeId;
    this.openedAt = clock.now();
    this.#parts = parts;
    this.#stream = stream;
    this.#sync = new TableSync({
      index,
      clock,
      isPatient: transport.nodeId > this.nodeId,
      say: (message) => this.#say({ wanted: [], ...message }),
      isBehind: () => this.#outbox.length > 0,
      push: (nodeId) => this.push(nodeId),
    });
    // First of all who we are and what we can do; then everything else that the other lacks.
    this.push(transport.nodeId);
    if (this.isOurs) this.#sync.start();
    stream.onFailure((error) => this.#end(error));
    void this.#send();
    void this.#receive();
    this.#scheduleDigest();
  }

  /** Whether this node opened it. */
  get isOurs(): boolean {
    return !this.#stream.isIncoming;
  }

  /** Whether the neighbour has shown that it knows of the feed. */
  get isProven(): boolean {
    return this.#received > 0;
  }

  get syncsStarted(): number {
    return this.#sync.started;
  }

  /** Messages that made no sense or were not asked for. */
  get refused(): number {
    return this.#faults + this.#sync.refused;
  }

  /** Queues what is known of a node. */
  push(nodeId: NodeId): void {
    this.#pending.add(nodeId);
    this.#wake?.();
  }

  /** Resolves when everything queued was handed to the transport, or the feed has ended. */
  flushed(): Promise<void> {
    const isIdle = this.#pending.size === 0 && this.#outbox.length === 0 && !this.#sending;
    if (isIdle || this.#closed.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Ends the feed at both ends. */
  reset(code: (typeof FeedReset)[keyof typeof FeedReset]): void {
    this.#stream.reset(code);
    this[Symbol.dispose]();
  }

  /** Ends our side; the other ends its own when it sees that. */
  [Symbol.dispose](): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#digestTimer?.[Symbol.dispose]();
    this.#wake?.();
    this.#settleIdle();
  }

  #end(error: unknown): void {
    if (this.#closed.signal.aborted) return;
    this[Symbol.dispose]();
    this.#parts.ended(this, error);
  }

  #say(message: FeedMessage): void {
    this.#outbox.push(message);
    this.#wake?.();
  }

  async #send(): Promise<void> {
    const { signal } = this.#closed;
    try {
      while (!signal.aborted) {
        const message = this.#next();
        if (message === undefined) {
          this.#sending = false;
          this.#settleIdle();
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        } else {
          this.#sending = true;
          await this.#stream.sendBlocking(encodeFeedMessage(message), { signal });
        }
      }
    } catch (error) {
      this.#end(error);
    }
    this.#stream.end();
  }

  /** News go first. Taken out before it is sent: what becomes known meanwhile is news again. */
  #next(): FeedMessage | undefined {
    for (const nodeId of this.#pending) {
      this.#pending.delete(nodeId);
      const { index } = this.#parts;
      // A node that comes back must outdo what is remembered of it, even if that holds no more.
      const stored = nodeId === this.nodeId ? index.remembered(nodeId) : index.stored(nodeId);
      if (stored === undefined) continue;
      // Nobody signs it: a count that is too high must not keep others from what they lack. That
      // nothing goes round and round is due to versions.
      const hops = stored.hopCount + (stored.via === undefined ? 0 : 1);
      const hopCount = Math.min(MAX_HOPS, hops);
      return { announcement: encodeAnnouncement({ ...stored, hopCount }), wanted: [] };
    }
    return this.#outbox.shift();
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const message = await this.#stream.receive();
        if (message === undefined) break;
        this.#received++;
        this.#onMessage(message);
      }
      this.#end(undefined);
    } catch (error) {
      this.#end(error);
    }
  }

  #onMessage(bytes: Uint8Array): void {
    let message: FeedMessage;
    try {
      message = decodeFeedMessage(bytes);
    } catch {
      this.#fault();
      return;
    }
    const { announcement, tableDigest, outline, range, wanted } = message;
    if (announcement !== undefined && !this.#parts.take(announcement, this)) this.#fault();
    if (tableDigest !== undefined) this.#sync.onDigest(tableDigest);
    if (outline !== undefined) this.#sync.onOutline(outline);
    if (range !== undefined) this.#sync.onRange(range);
    if (wanted.length > 0) this.#sync.onWanted(wanted);
  }

  #fault(): void {
    this.#faults++;
    if (this.#faults < MAX_FAULTS) return;
    this.#stream.reset(FeedReset.faults);
    this.#end(new Error(`${MAX_FAULTS} messages made no sense`));
  }

  #scheduleDigest(): void {
    this.#digestTimer = this.#parts.clock
      .setTimeout(() => {
        this.#sync.sayDigest();
        this.#scheduleDigest();
      }, DIGEST_INTERVAL_MS)
      .unref();
  }

  #settleIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
