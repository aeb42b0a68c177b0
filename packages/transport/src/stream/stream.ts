import { type Deferred, deferred } from "@selvage/core";

import type { TransportError } from "../errors.ts";
import type {
  MessageStream,
  ResetOptions,
  SendRetryOptions,
  StreamWaitOptions,
} from "./message-stream.ts";
import { RESET_STALLED } from "./reset-codes.ts";
import { sendBlocking, sendWithRetry } from "./sending.ts";
import { StreamCore } from "./stream-core.ts";
import { messageTooLarge, resetHere, streamEnded, windowFull } from "./stream-errors.ts";
import type { StreamStats } from "./stream-stats.ts";

type FailureListener = (error: TransportError) => void;

/** The one implementation of {@link MessageStream}: a stream as the application sees it. */
export class Stream extends StreamCore implements MessageStream {
  #reader: Deferred<Uint8Array | undefined> | undefined;
  #writable: Deferred<void> | undefined;
  /** Most streams have one listener, or none. */
  #onFailure: FailureListener | FailureListener[] | undefined;
  #backpressureCount = 0;

  send(message: Uint8Array): void {
    this.#assertRoom(message);
    this.#push(message);
  }

  /** {@link send}, but for `backpressure`: answers whether there was room. */
  trySend(message: Uint8Array): boolean {
    this.#assertSendable(message);
    if (this.outbound.isFull) return false;
    this.#push(message);
    return true;
  }

  sendWithRetry(message: Uint8Array, options: SendRetryOptions = {}): Promise<void> {
    return sendWithRetry(this, this.host.clock, message, options);
  }

  sendBlocking(message: Uint8Array, options: StreamWaitOptions = {}): Promise<void> {
    return sendBlocking(this, message, options);
  }

  writable(): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (!this.outbound.isFull || this.outbound.isEnded) return Promise.resolve();
    if (this.#writable === undefined) {
      this.#writable = deferred();
      this.#writable.promise.catch(() => {});
    }
    return this.#writable.promise;
  }

  end(message?: Uint8Array): void {
    if (message !== undefined) this.#assertRoom(message);
    else if (this.isOver || this.outbound.isEnded) return;
    const queued = message === undefined ? 0 : this.outbound.push(message);
    this.outbound.end();
    // Whoever waits for room learns that there is nothing to wait for.
    this.onRoom();
    this.host.wantsToSend(this, queued);
  }

  receive(): Promise<Uint8Array | undefined> {
    if (this.#reader !== undefined) {
      return Promise.reject(new TypeError("receive() is running on this stream"));
    }
    const message = this.inbound.take();
    if (message !== undefined || this.inbound.isAtEnd) {
      this.finishIfDone();
      return Promise.resolve(message);
    }
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.#reader = deferred();
    return this.#reader.promise;
  }

  reset(code: number, { notStarted = false }: ResetOptions = {}): void {
    if (this.isOver) return;
    this.host.sendReset(this, code, notStarted);
    this.fail(resetHere(this, code, notStarted));
  }

  onFailure(fn: (error: TransportError) => void): void {
    const known = this.#onFailure;
    if (this.failure !== undefined) fn(this.failure);
    else if (known === undefined) this.#onFailure = fn;
    else if (Array.isArray(known)) known.push(fn);
    else this.#onFailure = [known, fn];
  }

  stats(): StreamStats {
    return {
      reliability: this.reliability,
      ...this.outbound.stats,
      ...this.inbound.stats,
      grantedBytes: this.inbound.limit,
      backpressureCount: this.#backpressureCount,
    };
  }

  override onStalled(): void {
    this.reset(RESET_STALLED);
  }

  protected override onArrival(): void {
    const reader = this.#reader;
    if (reader !== undefined) {
      const message = this.inbound.take();
      if (message !== undefined || this.inbound.isAtEnd) {
        this.#reader = undefined;
        reader.resolve(message);
      }
    }
    this.finishIfDone();
  }

  protected override onRoom(): void {
    this.#writable?.resolve();
    this.#writable = undefined;
  }

  protected override onFailed(error: TransportError): void {
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#writable?.reject(error);
    this.#writable = undefined;
    const known = this.#onFailure;
    this.#onFailure = undefined;
    if (known === undefined) return;
    for (const tell of Array.isArray(known) ? known : [known]) {
      try {
        tell(error);
      } catch (thrown) {
        // Whoever listens must not keep others from hearing of the same end.
        this.host.reportError(thrown);
      }
    }
  }

  #assertSendable(message: Uint8Array): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.outbound.isEnded) throw streamEnded(this);
    const limit = this.outbound.maxMessageBytes;
    if (message.length > limit) throw messageTooLarge(this, message.length, limit);
  }

  #assertRoom(message: Uint8Array): void {
    this.#assertSendable(message);
    if (!this.outbound.isFull) return;
    this.#backpressureCount++;
    throw windowFull(this);
  }

  #push(message: Uint8Array): void {
    this.host.wantsToSend(this, this.outbound.push(message));
  }
}
