import { MAX_DATAGRAM_MESSAGE_BYTES } from "../defaults.ts";
import type { ByteWriter } from "../packet/bytes-io.ts";
import { DATAGRAM_FRAME_OVERHEAD, FrameType } from "../packet/frames.ts";
import { ProtocolViolation } from "../packet/protocol-violation.ts";
import type { SentFrame } from "../recovery/sent-packets.ts";
import { DatagramOffsetFrame } from "./datagram-offset-frame.ts";
import type { HalfOwner, OutboundHalf, OutboundStats } from "./halves.ts";
import { MESSAGE_PREFIX_BYTES } from "./prefixes.ts";
import { SentDatagram } from "./sent-frames.ts";
import type { StreamHost } from "./stream-host.ts";

/** How far a fire-and-forget stream has got. */
export interface DatagramProgress {
  readonly id: number;
  readonly protocol: number;
  /** Bytes sent so far. */
  readonly offset: number;
  /** No more will follow. */
  readonly isEnd: boolean;
}

/**
 * The sending half of a fire-and-forget stream. Every message says how much was sent before it, so
 * that what is lost gives its credit back with the next that arrives; when nothing follows, a frame
 * of its own says how far the stream has got, until that is acknowledged. The end is said the same
 * way, once the fate of every message is known, so that it overtakes none.
 */
export class DatagramOutbound implements OutboundHalf {
  readonly #owner: HalfOwner;
  readonly #host: StreamHost;
  readonly #windowBytes: number;
  #queue: Uint8Array[] = [];
  /** Bytes queued or sent. */
  #end = 0;
  /** Bytes sent. */
  #sent = 0;
  /** The peer knows of everything below. */
  #known = 0;
  /** Bytes that left and are neither acknowledged nor lost. */
  #unacked = 0;
  /** A message may begin below. */
  #limit: number;
  #state: "open" | "ending" | "done" = "open";
  #offsetQueued = false;
  #hasLeft = false;
  #messages = 0;
  #bytes = 0;
  #lost = 0;

  /** `sendLimit` is the peer's window, in bytes. */
  constructor(owner: HalfOwner, host: StreamHost, sendLimit: number) {
    this.#owner = owner;
    this.#host = host;
    this.#windowBytes = sendLimit;
    this.#limit = sendLimit;
  }

  get maxMessageBytes(): number {
    return Math.min(MAX_DATAGRAM_MESSAGE_BYTES, this.#host.peerMaxMessageBytes);
  }

  get isFull(): boolean {
    return this.#end >= this.#limit;
  }

  get isEnded(): boolean {
    return this.#state !== "open";
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  get hasWork(): boolean {
    return this.#queue.length > 0;
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  get stats(): OutboundStats {
    return {
      messagesSent: this.#messages,
      bytesSent: this.#bytes,
      queuedBytes: this.#end - this.#sent,
      unackedBytes: this.#unacked,
      retransmittedBytes: 0,
      messagesLost: this.#lost,
      windowLeftBytes: Math.max(0, this.#limit - this.#end),
    };
  }

  push(message: Uint8Array): number {
    const bytes = MESSAGE_PREFIX_BYTES + message.length;
    this.#messages++;
    this.#bytes += message.length;
    this.#queue.push(message);
    this.#end += bytes;
    return bytes;
  }

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#sayWhatIsUnknown();
  }

  write(out: ByteWriter, room: number): SentFrame | undefined {
    const message = this.#queue[0];
    if (message === undefined) return undefined;
    if (room - out.at < DATAGRAM_FRAME_OVERHEAD + message.length) return undefined;
    this.#queue.shift();
    const offset = this.#sent;
    out.u8(FrameType.datagram);
    out.varint(this.#owner.id);
    out.u16(this.#owner.protocol);
    out.varint(offset);
    out.varint(message.length);
    out.raw(message);
    this.#sent += MESSAGE_PREFIX_BYTES + message.length;
    this.#unacked += this.#sent - offset;
    this.#hasLeft = true;
    return new SentDatagram(this, offset, this.#sent);
  }

  allow(limit: number): boolean {
    if (limit > this.#sent + this.#windowBytes) throw new ProtocolViolation("excess-credit");
    if (limit <= this.#limit) return false;
    const wasFull = this.isFull;
    this.#limit = limit;
    return wasFull;
  }

  /** A message that ends at `end` arrived; `bytes` of it were counted as under way until now. */
  onAcked(end: number, bytes: number): void {
    if (bytes === 0) {
      this.#lost--;
      this.#host.counters.messagesLost--;
    }
    this.#unacked -= bytes;
    this.#known = Math.max(this.#known, end);
    this.#sayWhatIsUnknown();
  }

  /** A message of `bytes` that ends at `end` was lost, or seems to be. */
  onLost(end: number, bytes: number): void {
    this.#lost++;
    this.#host.counters.messagesLost++;
    this.#unacked -= bytes;
    if (end > this.#known) this.#sayOffset();
    this.#sayWhatIsUnknown();
  }

  // For the frame that says how far the stream has got

  /** Answers how far it has got, and whether that is its end; counts as said from now on. */
  progress(): DatagramProgress {
    this.#offsetQueued = false;
    this.#hasLeft = true;
    const { id, protocol } = this.#owner;
    return { id, protocol, offset: this.#sent, isEnd: this.#mayEnd };
  }

  onProgressAcked(offset: number, isEnd: boolean): void {
    this.#known = Math.max(this.#known, offset);
    if (!isEnd || this.#owner.isOver) return;
    this.#state = "done";
    this.#owner.onOutboundDone();
  }

  onProgressLost(offset: number, isEnd: boolean): void {
    if (offset > this.#known || isEnd) this.#sayOffset();
  }

  /** Every message has left, and arrived or was lost. */
  get #mayEnd(): boolean {
    return this.#state !== "open" && this.#queue.length === 0 && this.#unacked === 0;
  }

  #sayWhatIsUnknown(): void {
    if (this.#state === "ending" && this.#mayEnd) this.#sayOffset();
  }

  #sayOffset(): void {
    if (this.#offsetQueued || this.#state === "done" || this.#owner.isOver) return;
    this.#offsetQueued = true;
    this.#host.sendControl(new DatagramOffsetFrame(this));
  }
}
