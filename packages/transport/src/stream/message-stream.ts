import { type Deferred, type Delivered, deferred, type NodeId, raceSignal } from "@selvage/core";

import { TransportError } from "../errors.ts";
import type { ByteWriter } from "../packet/bytes-io.ts";
import { ProtocolViolation } from "../packet/protocol-violation.ts";
import type { ReassemblyBudget, ReassemblyClaim } from "./reassembly-budget.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { SendBuffer, type SendRange } from "./send-buffer.ts";

/** Options of {@link MessageStream.reset}. */
export interface ResetOptions {
  /** Vouches to the peer that no work was started for this stream. */
  readonly notStarted?: boolean | undefined;
}

/** Options of the waiting calls of a {@link MessageStream}. */
export interface StreamWaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A bidirectional, ordered, reliable sequence of messages between two nodes. */
export interface MessageStream {
  /** Unique among the streams of its session. */
  readonly id: number;
  /** What the opener wants to talk about; chooses the handler at the other end. */
  readonly protocol: number;
  /** The node at the other end. */
  readonly nodeId: NodeId;
  /** Whether the other end opened it. */
  readonly isIncoming: boolean;
  /** `never` until the first byte was handed to the network, and again after a `notStarted`. */
  readonly delivered: Delivered;
  /** Milliseconds that our own event loop had stalled when the stream arrived; normally 0. */
  readonly stallMs: number;
  /**
   * Queues one message, which belongs to the stream from now on. It leaves with what else is
   * queued in this turn of the event loop.
   *
   * @throws {@link TransportError} `backpressure` when the window is full (a signal: wait with
   * {@link writable}, or use {@link sendBlocking}), `message-too-large`, `stream-ended`, or why
   * the stream ended.
   */
  send(message: Uint8Array): void;
  /** {@link send}, waiting for room as long as it takes. */
  sendBlocking(message: Uint8Array, options?: StreamWaitOptions): Promise<void>;
  /** Resolves when {@link send} would not meet `backpressure`; rejects if the stream fails. */
  writable(): Promise<void>;
  /** Ends this side behind what is queued; the other side may go on. Idempotent. */
  end(): void;
  /**
   * The next message, or `undefined` after the peer's end. Taking a message is what gives the
   * peer room for more. One call at a time.
   *
   * @throws {@link TransportError} with why the stream ended.
   */
  receive(): Promise<Uint8Array | undefined>;
  /** Ends both sides at once, telling the peer `code`. Without effect once it is over. */
  reset(code: number, options?: ResetOptions): void;
  /** Runs `fn` once when the stream fails or is reset by the peer; not after a regular end. */
  onFailure(fn: (error: TransportError) => void): void;
}

/** What a stream needs of its session. */
export interface StreamHost {
  readonly nodeId: NodeId;
  readonly budget: ReassemblyBudget;
  /** Window that our side grants, in bytes. */
  readonly windowBytes: number;
  /** The largest message our side takes, in bytes. */
  readonly maxMessageBytes: number;
  /** The largest message the peer takes, in bytes. */
  readonly peerMaxMessageBytes: number;
  /** The stream has bytes (or its end) to send. */
  wantsToSend(stream: Stream): void;
  /** The stream has a new limit to announce. */
  wantsCredit(stream: Stream): void;
  /** The stream was reset here: tell the peer. */
  sendReset(stream: Stream, code: number, notStarted: boolean): void;
  /** Both directions are over. */
  finished(stream: Stream): void;
}

/** Every message is preceded by its length, four bytes, little-endian. */
export const MESSAGE_PREFIX_BYTES = 4;
/** The opener's first bytes name the protocol, little-endian. */
export const PROTOCOL_PREFIX_BYTES = 2;

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
  readonly #in = new ReceiveBuffer();
  #protocol: number | undefined;
  #handedOver = false;
  #limit: number;
  #finalSize: number | undefined;
  /** Length of the message at the head, once its prefix has arrived. */
  #headLength: number | undefined;
  #claim: ReassemblyClaim | undefined;
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
    this.#protocol = options.protocol;
    this.#out = new SendBuffer(options.sendLimit);
    this.#limit = host.windowBytes;
    if (options.protocol !== undefined) {
      this.#out.push(new Uint8Array([options.protocol, options.protocol >>> 8]));
    }
  }

  get nodeId(): NodeId {
    return this.#host.nodeId;
  }

  get protocol(): number {
    return this.#protocol ?? -1;
  }

  get delivered(): Delivered {
    if (this.#failure !== undefined) return this.#failure.delivered;
    return this.#handedOver ? "maybe" : "never";
  }

  send(message: Uint8Array): void {
    this.#assertSendable(message);
    if (this.#out.isFull) {
      throw new TransportError("backpressure", `the window of stream ${this.id} is full`, {
        delivered: this.delivered,
      });
    }
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

  end(): void {
    if (this.#over || this.#out.isEnded) return;
    this.#out.end();
    this.#host.wantsToSend(this);
  }

  receive(): Promise<Uint8Array | undefined> {
    if (this.#reader !== undefined) {
      return Promise.reject(new TypeError("receive() is running on this stream"));
    }
    const message = this.#takeMessage();
    if (message !== undefined || this.#atEnd()) return Promise.resolve(message);
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
    if (this.#out.hasWork) this.#host.wantsToSend(this);
  }

  /** The peer raised our limit. */
  onCredit(limit: number): void {
    if (this.#over || !this.#out.allow(limit)) return;
    if (this.#out.hasWork) this.#host.wantsToSend(this);
    if (!this.#out.isFull) {
      this.#writable?.resolve();
      this.#writable = undefined;
    }
  }

  /** The limit to announce to the peer now. */
  get creditLimit(): number {
    return this.#limit;
  }

  /**
   * Bytes arrived. Answers whether the stream may now be shown to a handler, that is whether it
   * has become known what it is about.
   */
  onData(offset: number, data: Uint8Array, fin: boolean): boolean {
    const end = offset + data.length;
    if (end > this.#limit) throw new ProtocolViolation("flow-control");
    if (
      this.#finalSize !== undefined &&
      (end > this.#finalSize || (fin && end !== this.#finalSize))
    ) {
      throw new ProtocolViolation("final-size");
    }
    if (fin) {
      if (this.#in.highest > end) throw new ProtocolViolation("final-size");
      this.#finalSize = end;
    }
    const grew = this.#in.insert(offset, data);
    const opened = grew && this.#readProtocol();
    this.#readHead();
    if (data.length > 0) this.#noteProgress();
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
    this.#in.clear();
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

  #push(message: Uint8Array): void {
    const { length } = message;
    this.#out.push(new Uint8Array([length, length >>> 8, length >>> 16, length >>> 24]));
    this.#out.push(message);
    this.#host.wantsToSend(this);
  }

  #readProtocol(): boolean {
    if (this.#protocol !== undefined || this.#in.available < PROTOCOL_PREFIX_BYTES) return false;
    this.#protocol = this.#in.peek(0) | (this.#in.peek(1) << 8);
    this.#in.skip(PROTOCOL_PREFIX_BYTES);
    return true;
  }

  /** Learns the head message's length, and asks for memory if it exceeds the window. */
  #readHead(): void {
    if (this.#protocol === undefined || this.#headLength !== undefined) return;
    if (this.#in.available < MESSAGE_PREFIX_BYTES) {
      this.#assertWholeMessages();
      return;
    }
    let length = 0;
    for (let i = MESSAGE_PREFIX_BYTES - 1; i >= 0; i--) length = length * 256 + this.#in.peek(i);
    if (length > this.#host.maxMessageBytes) throw new ProtocolViolation("message-too-large");
    this.#headLength = length;
    this.#assertWholeMessages();
    const needed = this.#in.readOffset + MESSAGE_PREFIX_BYTES + length;
    if (needed <= this.#limit) return;
    this.#claim = this.#host.budget.claim(
      length,
      () => this.#announce(needed),
      () => this.reset(RESET_STALLED),
    );
  }

  /** An end in the middle of a message is nothing a correct peer sends. */
  #assertWholeMessages(): void {
    if (this.#finalSize === undefined) return;
    const rest = this.#finalSize - this.#in.readOffset;
    if (rest === 0 && this.#headLength === undefined) return;
    const needed = MESSAGE_PREFIX_BYTES + (this.#headLength ?? 0);
    if (rest < needed) throw new ProtocolViolation("final-size");
  }

  #noteProgress(): void {
    if (this.#in.available < MESSAGE_PREFIX_BYTES + (this.#headLength ?? 0))
      this.#claim?.progress();
    else this.#claim?.complete();
  }

  #takeMessage(): Uint8Array | undefined {
    const length = this.#headLength;
    if (length === undefined || this.#in.available < MESSAGE_PREFIX_BYTES + length)
      return undefined;
    this.#in.skip(MESSAGE_PREFIX_BYTES);
    const message = this.#in.take(length);
    this.#headLength = undefined;
    this.#claim?.release();
    this.#claim = undefined;
    const wanted = this.#in.readOffset + this.#host.windowBytes;
    if (this.#finalSize === undefined && wanted - this.#limit >= this.#host.windowBytes / 2) {
      this.#announce(wanted);
    }
    this.#readHead();
    this.#finishIfDone();
    return message;
  }

  #atEnd(): boolean {
    return this.#finalSize !== undefined && this.#in.readOffset === this.#finalSize;
  }

  #serveReader(): void {
    const reader = this.#reader;
    if (reader === undefined) {
      this.#finishIfDone();
      return;
    }
    const message = this.#takeMessage();
    if (message === undefined && !this.#atEnd()) return;
    this.#reader = undefined;
    reader.resolve(message);
    this.#finishIfDone();
  }

  #announce(limit: number): void {
    if (limit <= this.#limit) return;
    this.#limit = limit;
    this.#host.wantsCredit(this);
  }

  #finishIfDone(): void {
    if (!this.#over && this.#out.isDone && this.#atEnd()) this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.#claim?.release();
    this.#claim = undefined;
    this.#host.finished(this);
  }
}

/** Reset code of a message that stopped arriving while it held reassembly memory. */
export const RESET_STALLED = 0xff01;
/** Reset code of a stream whose protocol nobody serves here. */
export const RESET_UNKNOWN_PROTOCOL = 0xff02;
/** Reset code of a stream that came after GOAWAY. */
export const RESET_GOING_AWAY = 0xff03;
/** Reset code of a stream whose peer was silent for so long that it counts as failed. */
export const RESET_PEER_FAILED = 0xff04;
