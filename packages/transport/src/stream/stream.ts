import { type Deferred, type Delivered, deferred, type NodeId, raceSignal } from "@selvage/core";

import { TransportError } from "../errors.ts";
import type { ByteWriter } from "../packet/bytes-io.ts";
import { Inbound, MESSAGE_PREFIX_BYTES, PROTOCOL_PREFIX_BYTES } from "./inbound.ts";
import type { MessageStream, ResetOptions, StreamWaitOptions } from "./message-stream.ts";
import { RESET_STALLED } from "./reset-codes.ts";
import { SendBuffer, type SendRange } from "./send-buffer.ts";
import type { StreamHost } from "./stream-host.ts";

/** What `protocol` says before the opener's first bytes have arrived. */
const NO_PROTOCOL = -1;

/** The one implementation of {@link MessageStream}; the session drives the rest of it. */
export class Stream implements MessageStream {
  readonly id: number;
  readonly isIncoming: boolean;
  /** The peer's liveness matters to whoever waits on this stream: keep asking for it. */
  readonly watched: boolean;
  stallMs = 0;
  /** In the session's queue of streams with something to send. */
  queued = false;
  /** In the session's list of streams with a limit to announce. */
  creditQueued = false;
  readonly #host: StreamHost;
  readonly #out: SendBuffer;
  readonly #in: Inbound;
  readonly #ownProtocol: number | undefined;
  #handedOver = false;
  #reader: Deferred<Uint8Array | undefined> | undefined;
  #writable: Deferred<void> | undefined;
  #failure: TransportError | undefined;
  #onFailure: ((error: TransportError) => void) | undefined;
  #over = false;

  constructor(
    host: StreamHost,
    options: {
      readonly id: number;
      readonly sendLimit: number;
      readonly protocol?: number | undefined;
      readonly watched?: boolean | undefined;
    },
  ) {
    this.#host = host;
    this.id = options.id;
    this.isIncoming = options.protocol === undefined;
    this.watched = options.watched ?? false;
    this.#ownProtocol = options.protocol;
    this.#out = new SendBuffer(options.sendLimit);
    this.#in = new Inbound({
      windowBytes: host.windowBytes,
      maxMessageBytes: host.maxMessageBytes,
      budget: host.budget,
      startsWithProtocol: this.isIncoming,
      onLimit: () => this.#host.wantsCredit(this),
      onViolation: (reason) => this.#host.violated(reason),
      onStalled: () => this.reset(RESET_STALLED),
    });
    if (options.protocol !== undefined) {
      this.#out.pushNumber(options.protocol, PROTOCOL_PREFIX_BYTES);
    }
  }

  get nodeId(): NodeId {
    return this.#host.nodeId;
  }

  get protocol(): number {
    return this.#ownProtocol ?? this.#in.protocol ?? NO_PROTOCOL;
  }

  get delivered(): Delivered {
    if (this.#failure !== undefined) return this.#failure.delivered;
    return this.#handedOver ? "maybe" : "never";
  }

  send(message: Uint8Array): void {
    this.#assertRoom(message);
    this.#push(message);
  }

  async sendBlocking(message: Uint8Array, { signal }: StreamWaitOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#assertSendable(message);
    while (this.#out.isFull) {
      await raceSignal(this.writable(), signal);
      this.#assertSendable(message);
    }
    this.#push(message);
  }

  writable(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (!this.#out.isFull || this.#out.isEnded) return Promise.resolve();
    if (this.#writable === undefined) {
      this.#writable = deferred();
      this.#writable.promise.catch(() => {});
    }
    return this.#writable.promise;
  }

  end(message?: Uint8Array): void {
    if (message !== undefined) this.#assertRoom(message);
    else if (this.#over || this.#out.isEnded) return;
    const queued = message === undefined ? 0 : this.#queue(message);
    this.#out.end();
    // Whoever waits for room learns that there is nothing to wait for.
    this.#settleWritable();
    this.#host.wantsToSend(this, queued);
  }

  receive(): Promise<Uint8Array | undefined> {
    if (this.#reader !== undefined) {
      return Promise.reject(new TypeError("receive() is running on this stream"));
    }
    const message = this.#in.take();
    if (message !== undefined || this.#in.isAtEnd) {
      this.#finishIfDone();
      return Promise.resolve(message);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#reader = deferred();
    return this.#reader.promise;
  }

  reset(code: number, { notStarted = false }: ResetOptions = {}): void {
    if (this.#over) return;
    this.#host.sendReset(this, code, notStarted);
    this.fail(
      new TransportError("stream-reset", `stream ${this.id} was reset here with code ${code}`, {
        code,
        notStarted,
        delivered: this.delivered,
      }),
    );
  }

  onFailure(fn: (error: TransportError) => void): void {
    if (this.#failure !== undefined) fn(this.#failure);
    else this.#onFailure = fn;
  }

  // What follows is for the session.

  /** Both directions are over, regularly or not. */
  get isOver(): boolean {
    return this.#over;
  }

  get hasWork(): boolean {
    return !this.#over && this.#out.hasWork;
  }

  /** The next range to put into a packet. */
  take(room: number): SendRange | undefined {
    return this.#out.take(room);
  }

  copy(range: SendRange, out: ByteWriter): void {
    this.#out.copy(range, out);
    this.#handedOver = true;
  }

  onRangeAcked(range: SendRange): void {
    if (this.#over) return;
    this.#out.onAcked(range);
    this.#finishIfDone();
  }

  onRangeLost(range: SendRange): void {
    if (this.#over) return;
    this.#out.onLost(range);
    if (this.#out.hasWork) this.#host.wantsToSend(this, 0);
  }

  /** The peer raised our limit. */
  onCredit(limit: number): void {
    if (this.#over || !this.#out.allow(limit)) return;
    if (this.#out.hasWork) this.#host.wantsToSend(this, 0);
    if (!this.#out.isFull) {
      this.#settleWritable();
    }
  }

  /** The limit to announce to the peer now. */
  get creditLimit(): number {
    return this.#in.limit;
  }

  /**
   * Bytes arrived. Answers whether the stream may now be shown to a handler, that is whether it
   * has become known what it is about.
   */
  onData(offset: number, data: Uint8Array, fin: boolean): boolean {
    const opened = this.#in.onData(offset, data, fin);
    this.#serveReader();
    return opened;
  }

  /** Ends the stream with an error, for both directions and for good. */
  fail(error: TransportError): void {
    if (this.#over) return;
    this.#failure = error;
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#writable?.reject(error);
    this.#writable = undefined;
    this.#finish();
    const tell = this.#onFailure;
    this.#onFailure = undefined;
    tell?.(error);
  }

  #assertSendable(message: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#out.isEnded) {
      throw new TransportError("stream-ended", `stream ${this.id} was ended`, {
        delivered: this.delivered,
      });
    }
    const limit = this.#host.peerMaxMessageBytes;
    if (message.length > limit) {
      throw new TransportError(
        "message-too-large",
        `a message of ${message.length} bytes, the peer takes ${limit}`,
        { delivered: this.delivered },
      );
    }
  }

  #assertRoom(message: Uint8Array): void {
    this.#assertSendable(message);
    if (this.#out.isFull) {
      throw new TransportError("backpressure", `the window of stream ${this.id} is full`, {
        delivered: this.delivered,
      });
    }
  }

  #push(message: Uint8Array): void {
    this.#host.wantsToSend(this, this.#queue(message));
  }

  /** Queues a message behind its length; answers how many bytes that makes. */
  #queue(message: Uint8Array): number {
    this.#out.pushNumber(message.length, MESSAGE_PREFIX_BYTES);
    this.#out.push(message);
    return MESSAGE_PREFIX_BYTES + message.length;
  }

  #settleWritable(): void {
    this.#writable?.resolve();
    this.#writable = undefined;
  }

  #serveReader(): void {
    const reader = this.#reader;
    if (reader !== undefined) {
      const message = this.#in.take();
      if (message !== undefined || this.#in.isAtEnd) {
        this.#reader = undefined;
        reader.resolve(message);
      }
    }
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (!this.#over && this.#out.isDone && this.#in.isAtEnd) this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.#in.clear();
    this.#host.finished(this);
  }
}
