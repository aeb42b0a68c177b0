import type { ByteWriter } from "../packet/bytes-io.ts";
import type { Violation } from "../packet/protocol-violation.ts";
import type { SentFrame } from "../recovery/sent-packets.ts";

/** What either half of a stream needs of it. */
export interface HalfOwner {
  readonly id: number;
  /** What the stream is about, or a negative number before that is known. */
  readonly protocol: number;
  /** Both halves are done, or the stream failed: nothing about it matters any more. */
  readonly isOver: boolean;
  /** Something that left already is to be sent again. */
  onUnsent(): void;
  /** The outbound half is done. */
  onOutboundDone(): void;
  /** The inbound half has a new limit to announce. */
  onLimit(): void;
  /** The peer broke the protocol, as it turned out when a message was taken. */
  onViolation(reason: Violation): void;
  /** A large message stopped arriving. */
  onStalled(): void;
}

/** The half of a stream through which messages go out. Bytes are those that count against credit. */
export interface OutboundHalf {
  /** The largest message that can be sent, in bytes. */
  readonly maxMessageBytes: number;
  /** The peer takes no further byte, or bytes that are queued wait for its permission. */
  readonly isFull: boolean;
  /** No further message is taken. */
  readonly isEnded: boolean;
  /** The peer has everything that it is to have, the end included. */
  readonly isDone: boolean;
  /** Whether {@link write} would write something, given room. */
  readonly hasWork: boolean;
  /** Something was handed to the network. */
  readonly hasLeft: boolean;
  readonly stats: OutboundStats;
  /** Queues a message, which belongs to the half from now on; answers the bytes that it counts. */
  push(message: Uint8Array): number;
  /** Ends the half behind what is queued. */
  end(): void;
  /** Writes one frame that ends at `room` at the latest; `undefined` if none fits. */
  write(out: ByteWriter, room: number): SentFrame | undefined;
  /**
   * The peer takes bytes below `limit`; answers whether that let something go on.
   *
   * @throws ProtocolViolation for more than any correct peer grants.
   */
  allow(limit: number): boolean;
}

/** The half of a stream through which messages come in. */
export interface InboundHalf {
  /** What the opener wants to talk about, if the half carries that and it has arrived. */
  readonly protocol: number | undefined;
  /** The peer may send bytes below this offset. */
  readonly limit: number;
  /** The peer has ended, and every message was taken. */
  readonly isAtEnd: boolean;
  readonly stats: InboundStats;
  /** The next message, if it is there. */
  take(): Uint8Array | undefined;
  /** Lets everything go, messages that nobody took too: the stream is over. */
  clear(): void;
}

/** What went out through a stream. */
export interface OutboundStats {
  /** Messages taken by `send` and its relatives. */
  readonly messagesSent: number;
  /** Bytes of those messages. */
  readonly bytesSent: number;
  /** Bytes that wait here to leave for the first time. */
  readonly queuedBytes: number;
  /** Bytes that left and are neither acknowledged nor given up. */
  readonly unackedBytes: number;
  /** Bytes sent again because a packet was lost, or seemed to be. */
  readonly retransmittedBytes: number;
  /** Fire-and-forget messages given up: no acknowledgement came in time. */
  readonly messagesLost: number;
  /** Bytes that may be sent before the window is full; at 0 `send` meets `backpressure`. */
  readonly windowLeftBytes: number;
}

/** What came in through a stream. */
export interface InboundStats {
  /** Messages that the application has taken. */
  readonly messagesReceived: number;
  /** Bytes of those messages. */
  readonly bytesReceived: number;
  /** Bytes that arrived and wait for the application. */
  readonly unreadBytes: number;
  /** Fire-and-forget messages that arrived after the end, or while too much waited unread. */
  readonly messagesDropped: number;
}
