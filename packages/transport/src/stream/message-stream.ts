import type { Delivered, NodeId } from "@selvage/core";

import type { TransportError } from "../errors.ts";
import type { Reliability } from "./reliability.ts";
import type { StreamStats } from "./stream-stats.ts";

/** Options of {@link MessageStream.reset}. */
export interface ResetOptions {
  /** Vouches to the peer that no work was started for this stream. */
  readonly notStarted?: boolean | undefined;
}

/** Options of the waiting calls of a {@link MessageStream}. */
export interface StreamWaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link MessageStream.sendWithRetry}. */
export interface SendRetryOptions extends StreamWaitOptions {
  /** Attempts after the first. Default `DEFAULT_SEND_RETRIES`. */
  readonly retries?: number | undefined;
}

/**
 * A bidirectional sequence of messages between two nodes: ordered and complete, or, if it was
 * opened as `fire-and-forget`, whichever arrive, as they arrive, none of them twice.
 *
 * There are three ways to send when the window may be full. {@link send} never waits: it throws
 * `backpressure`, and what to do about that is the caller's policy. {@link sendWithRetry} rides out
 * a short pressure, in under a second by default, and then throws `backpressure` after all.
 * {@link sendBlocking} waits until there is room.
 */
export interface MessageStream {
  /** Unique among the streams of its session. */
  readonly id: number;
  /** What the opener wants to talk about; chooses the handler at the other end. */
  readonly protocol: number;
  /** How its messages travel, in both directions. */
  readonly reliability: Reliability;
  /** The node at the other end. */
  readonly nodeId: NodeId;
  /** Whether the other end opened it. */
  readonly isIncoming: boolean;
  /** `never` until the first byte was handed to the network, and again after a `notStarted`. */
  readonly delivered: Delivered;
  /**
   * Milliseconds that our own event loop had stalled when the stream arrived, and has since;
   * normally 0.
   */
  readonly stallMs: number;
  /**
   * Urgency of what this end sends, from 0 (most) to 7; the other end has a priority of its own.
   * Setting it throws `RangeError` for anything else.
   */
  priority: number;
  /**
   * Queues one message, which belongs to the stream from now on. It leaves with what else is
   * queued in this turn of the event loop.
   *
   * @throws {@link TransportError} `backpressure` when the window is full (a signal: wait with
   * {@link writable}, or use {@link sendWithRetry} or {@link sendBlocking}), `message-too-large`,
   * `stream-ended`, or why the stream ended.
   */
  send(message: Uint8Array): void;
  /**
   * {@link send}, tried again after 5, 10, 20, 40, 80, 160, 200, 200, … ms while the window is
   * full. Other errors end it at once.
   *
   * @throws {@link TransportError} as {@link send}; `backpressure` after the last attempt.
   */
  sendWithRetry(message: Uint8Array, options?: SendRetryOptions): Promise<void>;
  /** {@link send}, waiting for room as long as it takes. */
  sendBlocking(message: Uint8Array, options?: StreamWaitOptions): Promise<void>;
  /** Resolves when {@link send} would not meet `backpressure`; rejects if the stream fails. */
  writable(): Promise<void>;
  /**
   * Ends this side behind what is queued, and behind `message` if one is given; the other side may
   * go on. Without a message it is idempotent.
   *
   * @throws {@link TransportError} as {@link send}, if there is a message.
   */
  end(message?: Uint8Array): void;
  /**
   * The next message, which is the caller's own, or `undefined` after the peer's end. Taking a
   * message is what gives the peer room for more. One call at a time.
   *
   * @throws {@link TransportError} with why the stream ended.
   */
  receive(): Promise<Uint8Array | undefined>;
  /** Ends both sides at once, telling the peer `code`. Without effect once it is over. */
  reset(code: number, options?: ResetOptions): void;
  /**
   * Runs `fn` once when the stream fails or is reset, by either end; at once if it has been, and not
   * after a regular end. Every listener hears of it, in the order of their coming; what one throws
   * is reported to the transport's logger, or thrown here if it runs at once.
   */
  onFailure(fn: (error: TransportError) => void): void;
  /** What went through it so far, and what waits. */
  stats(): StreamStats;
}
