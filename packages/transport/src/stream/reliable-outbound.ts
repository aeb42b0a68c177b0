import type { ByteWriter } from "../packet/bytes-io.ts";
import { FrameType, STREAM_FRAME_OVERHEAD } from "../packet/frames.ts";
import { ProtocolViolation } from "../packet/protocol-violation.ts";
import type { SentFrame } from "../recovery/sent-packets.ts";
import type { HalfOwner, OutboundHalf, OutboundStats } from "./halves.ts";
import { MESSAGE_PREFIX_BYTES, PROTOCOL_PREFIX_BYTES } from "./prefixes.ts";
import { SendBuffer, type SendRange } from "./send-buffer.ts";
import { SentStreamRange } from "./sent-frames.ts";
import type { StreamHost } from "./stream-host.ts";

/** The sending half of a reliable stream: messages behind their lengths, as one sequence of bytes. */
export class ReliableOutbound implements OutboundHalf {
  readonly #owner: HalfOwner;
  readonly #host: StreamHost;
  readonly #buffer: SendBuffer;
  /** The most that the peer grants beyond what it has read, in bytes. */
  readonly #maxGrantBytes: number;
  #hasLeft = false;
  #messages = 0;
  #bytes = 0;
  #retransmittedBytes = 0;

  /** `opens`: the protocol number comes first. `sendLimit` is the peer's window, in bytes. */
  constructor(owner: HalfOwner, host: StreamHost, sendLimit: number, opens: boolean) {
    this.#owner = owner;
    this.#host = host;
    this.#buffer = new SendBuffer(sendLimit);
    this.#maxGrantBytes = Math.max(sendLimit, MESSAGE_PREFIX_BYTES + host.peerMaxMessageBytes);
    if (opens) this.#buffer.pushNumber(owner.protocol, PROTOCOL_PREFIX_BYTES);
  }

  get maxMessageBytes(): number {
    return this.#host.peerMaxMessageBytes;
  }

  get isFull(): boolean {
    return this.#buffer.isFull;
  }

  get isEnded(): boolean {
    return this.#buffer.isEnded;
  }

  get isDone(): boolean {
    return this.#buffer.isDone;
  }

  get hasWork(): boolean {
    return this.#buffer.hasWork;
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  get stats(): OutboundStats {
    return {
      messagesSent: this.#messages,
      bytesSent: this.#bytes,
      queuedBytes: this.#buffer.queuedBytes,
      unackedBytes: this.#buffer.unackedBytes,
      retransmittedBytes: this.#retransmittedBytes,
      messagesLost: 0,
      windowLeftBytes: this.#buffer.windowLeftBytes,
    };
  }

  push(message: Uint8Array): number {
    const { length } = message;
    this.#messages++;
    this.#bytes += length;
    this.#buffer.pushNumber(length, MESSAGE_PREFIX_BYTES);
    this.#buffer.push(message);
    return MESSAGE_PREFIX_BYTES + length;
  }

  end(): void {
    this.#buffer.end();
  }

  write(out: ByteWriter, room: number): SentFrame | undefined {
    const { sentBytes } = this.#buffer;
    const range = this.#buffer.take(room - out.at - STREAM_FRAME_OVERHEAD);
    if (range === undefined) return undefined;
    if (range.offset < sentBytes) this.#noteRetransmission(range.length);
    out.u8(range.fin ? FrameType.streamFin : FrameType.stream);
    out.varint(this.#owner.id);
    out.varint(range.offset);
    out.varint(range.length);
    this.#buffer.copy(range, out);
    this.#hasLeft = true;
    return new SentStreamRange(this, range);
  }

  allow(limit: number): boolean {
    if (limit > this.#buffer.sentBytes + this.#maxGrantBytes) {
      throw new ProtocolViolation("excess-credit");
    }
    return this.#buffer.allow(limit);
  }

  /** A packet with this range arrived. */
  onAcked(range: SendRange): void {
    if (this.#owner.isOver) return;
    this.#buffer.onAcked(range);
    if (this.#buffer.isDone) this.#owner.onOutboundDone();
  }

  /** A packet with this range was lost, or seems to be. */
  onLost(range: SendRange): void {
    if (this.#owner.isOver) return;
    this.#buffer.onLost(range);
    if (this.#buffer.hasWork) this.#owner.onUnsent();
  }

  #noteRetransmission(bytes: number): void {
    this.#retransmittedBytes += bytes;
    this.#host.counters.retransmissions++;
    this.#host.counters.retransmittedBytes += bytes;
  }
}
