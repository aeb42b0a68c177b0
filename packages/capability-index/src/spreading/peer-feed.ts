import { type Clock, type Logger, type NodeId } from "@selvage/core";
import type { MessageStream, Peer } from "@selvage/transport";

import { encodeAnnouncement } from "../announcement/announcement.ts";
import type { CapabilityIndex } from "../index/capability-index.ts";

/** The transport protocol number of announcements. */
export const ANNOUNCEMENT_PROTOCOL = 2;

/** Wait before a broken feed is opened again, in milliseconds; doubles up to {@link MAX_REOPEN_MS}. */
const MIN_REOPEN_MS = 100;
const MAX_REOPEN_MS = 5_000;

/**
 * Tells one peer what we know: everything at first, then what changes. What waits is remembered as
 * node ids only, so that a slow peer gets the newest state and never a backlog.
 */
export class PeerFeed implements Disposable {
  readonly #peer: Peer;
  readonly #index: CapabilityIndex;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pending: Set<NodeId> = new Set();
  readonly #closed = new AbortController();
  #sending = false;
  #wake: (() => void) | undefined;
  #idle: (() => void)[] = [];

  constructor(peer: Peer, index: CapabilityIndex, clock: Clock, logger: Logger) {
    this.#peer = peer;
    this.#index = index;
    this.#clock = clock;
    this.#logger = logger;
    void this.#run();
  }

  /** Queues what is known of a node. */
  push(nodeId: NodeId): void {
    if (nodeId === this.#peer.nodeId) return;
    this.#pending.add(nodeId);
    this.#wake?.();
  }

  /** Resolves when everything queued was handed to the transport, or the feed has ended. */
  flushed(): Promise<void> {
    const isIdle = this.#pending.size === 0 && !this.#sending;
    if (isIdle || this.#closed.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  [Symbol.dispose](): void {
    this.#closed.abort();
    this.#wake?.();
    this.#settleIdle();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    for (
      let reopenMs = MIN_REOPEN_MS;
      !signal.aborted;
      reopenMs = Math.min(MAX_REOPEN_MS, reopenMs * 2)
    ) {
      try {
        const stream = this.#peer.openStream(ANNOUNCEMENT_PROTOCOL);
        for (const { nodeId } of this.#index.entries()) this.push(nodeId);
        await this.#feed(stream);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#logger.debug("a feed of announcements broke", { peer: this.#peer.nodeId, error });
        await this.#clock.sleep(reopenMs, { signal }).catch(() => {});
      }
    }
  }

  /** Sends what is pending, for as long as the stream and the feed live. */
  async #feed(stream: MessageStream): Promise<void> {
    const { signal } = this.#closed;
    let failure: Error | undefined;
    stream.onFailure((error) => {
      failure = error;
      this.#wake?.();
    });
    for (;;) {
      if (failure !== undefined) throw failure;
      if (signal.aborted) break;
      const [nodeId] = this.#pending;
      if (nodeId === undefined) {
        this.#settleIdle();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        // Taken out first: what becomes known while this one is being sent is news again.
        this.#pending.delete(nodeId);
        this.#sending = true;
        await this.#send(stream, nodeId);
        this.#sending = false;
      }
    }
    stream.end();
  }

  async #send(stream: MessageStream, nodeId: NodeId): Promise<void> {
    const stored = this.#index.stored(nodeId);
    if (stored === undefined || stored.via === this.#peer.nodeId) return;
    const hopCount = stored.hopCount + (stored.via === undefined ? 0 : 1);
    const { signal } = this.#closed;
    await stream.sendBlocking(encodeAnnouncement({ ...stored, hopCount }), { signal });
  }

  #settleIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
