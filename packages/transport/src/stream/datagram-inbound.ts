import { MAX_DATAGRAM_MESSAGE_BYTES } from "../defaults.ts";
import { ProtocolViolation } from "../packet/protocol-violation.ts";
import type { HalfOwner, InboundHalf, InboundStats } from "./halves.ts";
import { MESSAGE_PREFIX_BYTES } from "./prefixes.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import type { StreamHost } from "./stream-host.ts";

/** A message may begin right below the limit, and reach this far beyond it, in bytes. */
const MAX_OVERSHOOT_BYTES: number = MESSAGE_PREFIX_BYTES + MAX_DATAGRAM_MESSAGE_BYTES;

/**
 * The receiving half of a fire-and-forget stream: messages as they arrive. Everything below the
 * highest offset heard of counts as used, whether it arrived or not; only what waits unread keeps
 * the peer from sending more.
 */
export class DatagramInbound implements InboundHalf {
  /** The stream knows it from the first frame. */
  readonly protocol: undefined = undefined;
  readonly #owner: HalfOwner;
  readonly #host: StreamHost;
  /** What waits unread, each message behind its length: thousands of empty ones cost little. */
  readonly #queue: ReceiveBuffer;
  /** The peer has sent everything below. */
  #highest = 0;
  #limit: number;
  #finalSize: number | undefined;
  #messages = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(owner: HalfOwner, host: StreamHost) {
    this.#owner = owner;
    this.#host = host;
    this.#queue = new ReceiveBuffer(Number.MAX_SAFE_INTEGER, host.fragments);
    this.#limit = host.windowBytes;
  }

  get limit(): number {
    return this.#limit;
  }

  get isAtEnd(): boolean {
    return this.#finalSize !== undefined && this.#queue.available === 0;
  }

  get stats(): InboundStats {
    return {
      messagesReceived: this.#messages,
      bytesReceived: this.#bytes,
      unreadBytes: this.#queue.available,
      messagesDropped: this.#dropped,
    };
  }

  /** A message arrived, before which the peer had sent `offset` bytes. It is copied. */
  onMessage(offset: number, message: Uint8Array): void {
    if (offset >= this.#limit) throw new ProtocolViolation("flow-control");
    const { windowBytes, maxMessageBytes } = this.#host;
    if (message.length > Math.min(MAX_DATAGRAM_MESSAGE_BYTES, maxMessageBytes)) {
      throw new ProtocolViolation("message-too-large");
    }
    const bytes = MESSAGE_PREFIX_BYTES + message.length;
    const end = offset + bytes;
    if (this.#finalSize !== undefined && end > this.#finalSize) {
      throw new ProtocolViolation("final-size");
    }
    this.#highest = Math.max(this.#highest, end);
    // A late one may have given its credit back already: the queue is what must stay in bounds.
    if (this.#finalSize !== undefined || this.#queue.available >= windowBytes) {
      this.#dropped++;
      this.#host.counters.messagesDropped++;
    } else {
      this.#queue.insert(this.#queue.highest, lengthPrefix(message.length));
      this.#queue.insert(this.#queue.highest, message);
    }
    this.#grant();
  }

  /** The peer has sent `offset` bytes, and no more will come if that `isEnd`. */
  onOffset(offset: number, isEnd: boolean): void {
    if (offset >= this.#limit + MAX_OVERSHOOT_BYTES) throw new ProtocolViolation("flow-control");
    const final = this.#finalSize;
    const contradicts = final !== undefined && (offset > final || (isEnd && offset !== final));
    if (contradicts || (isEnd && offset < this.#highest)) {
      throw new ProtocolViolation("final-size");
    }
    this.#highest = Math.max(this.#highest, offset);
    if (isEnd) this.#finalSize = offset;
    this.#grant();
  }

  take(): Uint8Array | undefined {
    if (this.#queue.available === 0) return undefined;
    const length = this.#queue.peek(0) | (this.#queue.peek(1) << 8);
    this.#queue.skip(MESSAGE_PREFIX_BYTES);
    const message = this.#queue.take(length);
    this.#messages++;
    this.#bytes += length;
    this.#grant();
    return message;
  }

  clear(): void {
    this.#queue.clear();
  }

  #grant(): void {
    const { windowBytes } = this.#host;
    const wanted = this.#highest - this.#queue.available + windowBytes;
    if (this.#finalSize !== undefined || wanted - this.#limit < windowBytes / 2) return;
    this.#limit = wanted;
    this.#owner.onLimit();
  }
}

/** Little-endian; two bytes are enough for {@link MAX_DATAGRAM_MESSAGE_BYTES}. */
const lengthPrefix = (length: number): Uint8Array => Uint8Array.of(length, length >>> 8, 0, 0);
