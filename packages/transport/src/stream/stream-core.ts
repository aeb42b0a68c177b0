import type { Delivered, NodeId } from "@selvage/core";

import type { TransportError } from "../errors.ts";
import type { ByteWriter } from "../packet/bytes-io.ts";
import { ProtocolViolation, type Violation } from "../packet/protocol-violation.ts";
import type { SentFrame } from "../recovery/sent-packets.ts";
import { DatagramInbound } from "./datagram-inbound.ts";
import { DatagramOutbound } from "./datagram-outbound.ts";
import type { HalfOwner, InboundHalf, OutboundHalf } from "./halves.ts";
import { resolvePriority } from "./priority.ts";
import type { Reliability } from "./reliability.ts";
import { ReliableInbound } from "./reliable-inbound.ts";
import { ReliableOutbound } from "./reliable-outbound.ts";
import type { StreamHost } from "./stream-host.ts";

/** What `protocol` says before the opener's first bytes have arrived. */
const NO_PROTOCOL = -1;

/** What a stream is made of. */
export interface StreamParts {
  readonly id: number;
  /** The peer's window, in bytes. */
  readonly sendLimit: number;
  /** Present if our side opens the stream. */
  readonly protocol?: number | undefined;
  readonly reliability?: Reliability | undefined;
  readonly priority?: number | undefined;
  readonly watched?: boolean | undefined;
}

/**
 * A stream as its session and its two halves see it. How messages travel is the matter of the
 * halves; what the application sees of the stream is the matter of {@link Stream}.
 */
export abstract class StreamCore implements HalfOwner {
  readonly id: number;
  readonly isIncoming: boolean;
  /** The peer's liveness matters to whoever waits on this stream: keep asking for it. */
  readonly watched: boolean;
  stallMs = 0;
  /** In the session's queue of streams with something to send. */
  queued = false;
  /** In the session's list of streams with a limit to announce. */
  creditQueued = false;
  protected readonly host: StreamHost;
  protected outbound: OutboundHalf;
  protected inbound: InboundHalf;
  protected failure: TransportError | undefined;
  readonly #sendLimit: number;
  #protocol: number | undefined;
  #reliability: Reliability;
  #priority: number;
  /** How messages travel can no longer change. */
  #isSettled: boolean;
  #over = false;

  constructor(host: StreamHost, parts: StreamParts) {
    this.host = host;
    this.id = parts.id;
    this.isIncoming = parts.protocol === undefined;
    this.watched = parts.watched ?? false;
    this.#protocol = parts.protocol;
    this.#priority = resolvePriority(parts.priority);
    this.#sendLimit = parts.sendLimit;
    // A stream of the peer's is taken for a reliable one until its first frame says otherwise.
    this.#reliability = parts.reliability ?? "reliable";
    this.#isSettled = !this.isIncoming;
    if (this.#reliability === "reliable") {
      this.inbound = new ReliableInbound(this, host, this.isIncoming);
      this.outbound = new ReliableOutbound(this, host, parts.sendLimit, !this.isIncoming);
    } else {
      this.inbound = new DatagramInbound(this, host);
      this.outbound = new DatagramOutbound(this, host, parts.sendLimit);
    }
  }

  get nodeId(): NodeId {
    return this.host.nodeId;
  }

  get protocol(): number {
    return this.#protocol ?? this.inbound.protocol ?? NO_PROTOCOL;
  }

  /** The peer opened it, and it is not known yet what it is about. */
  get isHeadless(): boolean {
    return !this.#over && this.protocol === NO_PROTOCOL;
  }

  get reliability(): Reliability {
    return this.#reliability;
  }

  get delivered(): Delivered {
    if (this.failure !== undefined) return this.failure.delivered;
    return this.outbound.hasLeft ? "maybe" : "never";
  }

  get priority(): number {
    return this.#priority;
  }

  set priority(value: number) {
    const before = this.#priority;
    this.#priority = resolvePriority(value);
    if (this.queued && this.#priority !== before) this.host.onPriority(this, before);
  }

  // For the session

  get isOver(): boolean {
    return this.#over;
  }

  get hasWork(): boolean {
    return !this.#over && this.outbound.hasWork;
  }

  /** The limit to announce to the peer now. */
  get creditLimit(): number {
    return this.inbound.limit;
  }

  /** Writes one frame that ends at `room` at the latest; `undefined` if none is there or fits. */
  write(out: ByteWriter, room: number): SentFrame | undefined {
    return this.#over ? undefined : this.outbound.write(out, room);
  }

  /** The peer raised our limit. */
  onCredit(limit: number): void {
    if (this.#over || !this.outbound.allow(limit)) return;
    if (this.outbound.hasWork) this.onUnsent();
    if (!this.outbound.isFull) this.onRoom();
  }

  /**
   * Bytes arrived. Answers whether the stream may now be shown to a handler, that is whether it
   * has become known what it is about.
   */
  onData(offset: number, data: Uint8Array, fin: boolean): boolean {
    const { inbound } = this;
    if (!(inbound instanceof ReliableInbound)) throw new ProtocolViolation("stream-state");
    this.#isSettled = true;
    const opened = inbound.onData(offset, data, fin);
    this.onArrival();
    return opened;
  }

  /** A fire-and-forget message arrived. Answers as {@link onData}. */
  onDatagram(protocol: number, offset: number, message: Uint8Array): boolean {
    const opened = !this.#isSettled;
    this.#datagrams(protocol).onMessage(offset, message);
    this.onArrival();
    return opened;
  }

  /** The peer says how far it has got with fire-and-forget messages. Answers as {@link onData}. */
  onDatagramOffset(protocol: number, offset: number, isEnd: boolean): boolean {
    const opened = !this.#isSettled;
    this.#datagrams(protocol).onOffset(offset, isEnd);
    this.onArrival();
    return opened;
  }

  /** Ends the stream with an error, for both directions and for good. */
  fail(error: TransportError): void {
    if (this.#over) return;
    this.failure = error;
    this.#finish();
    this.onFailed(error);
  }

  // For the halves

  onUnsent(): void {
    this.host.wantsToSend(this, 0);
  }

  onOutboundDone(): void {
    this.finishIfDone();
  }

  onLimit(): void {
    this.host.wantsCredit(this);
  }

  onViolation(reason: Violation): void {
    this.host.violated(reason);
  }

  abstract onStalled(): void;

  // For what the application sees

  /** There may be something to receive. */
  protected abstract onArrival(): void;
  /** There is room for another message. */
  protected abstract onRoom(): void;
  protected abstract onFailed(error: TransportError): void;

  protected finishIfDone(): void {
    if (!this.#over && this.outbound.isDone && this.inbound.isAtEnd) this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.inbound.clear();
    this.host.finished(this);
  }

  /** The half that takes fire-and-forget messages; the first one makes it. */
  #datagrams(protocol: number): DatagramInbound {
    if (!this.#isSettled) {
      this.#isSettled = true;
      this.#reliability = "fire-and-forget";
      this.#protocol = protocol;
      this.inbound = new DatagramInbound(this, this.host);
      this.outbound = new DatagramOutbound(this, this.host, this.#sendLimit);
    }
    const { inbound } = this;
    if (!(inbound instanceof DatagramInbound) || protocol !== this.#protocol) {
      throw new ProtocolViolation("stream-state");
    }
    return inbound;
  }
}
