import type { MessageStream } from "@selvage/transport";

import { DEFAULT_REPLAY_BUFFER_BYTES } from "../defaults.ts";
import type { OutgoingRequests } from "./outgoing-requests.ts";

/**
 * Any number of requests, taken from their source as the provider makes room for them. What was
 * sent is kept up to {@link DEFAULT_REPLAY_BUFFER_BYTES}, so that another provider can be told it
 * from the beginning; beyond that the call is committed to the one it is at.
 */
export class RequestStream implements OutgoingRequests {
  readonly #source: AsyncIterator<unknown> | Iterator<unknown>;
  readonly #encode: (request: unknown) => Promise<Uint8Array>;
  /** What was taken from the source, from {@link #first} on. */
  readonly #taken: Uint8Array[] = [];
  #first = 0;
  #takenBytes = 0;
  #isAtEnd = false;
  #taking: Promise<void> | undefined;

  /** `encode` may reject: then the call fails with that. */
  constructor(
    requests: AsyncIterable<unknown> | Iterable<unknown>,
    encode: (request: unknown) => Promise<Uint8Array>,
  ) {
    this.#source =
      Symbol.asyncIterator in requests
        ? requests[Symbol.asyncIterator]()
        : requests[Symbol.iterator]();
    this.#encode = encode;
  }

  get isCommitted(): boolean {
    return this.#first > 0;
  }

  sendOn(stream: MessageStream, head: Uint8Array, fail: (reason: unknown) => void): Disposable {
    stream.send(head);
    const stop = new AbortController();
    void this.#pump(stream, stop.signal, fail);
    return {
      [Symbol.dispose]: () => {
        stop.abort();
        stream.end();
      },
    };
  }

  close(): void {
    if (this.#isAtEnd) return;
    this.#isAtEnd = true;
    // A source that is waiting for something hears of it when it goes on.
    void Promise.resolve(this.#source.return?.()).catch(() => {});
  }

  async #pump(
    stream: MessageStream,
    stop: AbortSignal,
    fail: (reason: unknown) => void,
  ): Promise<void> {
    for (let at = 0; ; at++) {
      try {
        while (at >= this.#first + this.#taken.length && !this.#isAtEnd) await this.#take();
      } catch (error) {
        if (!stop.aborted) fail(error);
        return;
      }
      if (stop.aborted) return;
      const request = this.#taken[at - this.#first];
      try {
        if (request === undefined) stream.end();
        else await stream.sendBlocking(request, { signal: stop });
      } catch {
        return;
      }
      if (request === undefined) return;
      if (this.isCommitted) this.#forgetUntil(at + 1);
    }
  }

  /** One request more, whoever needs it. */
  #take(): Promise<void> {
    this.#taking ??= this.#takeOne().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #takeOne(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (this.#isAtEnd) return;
    if (done === true) {
      this.#isAtEnd = true;
      return;
    }
    const request = await this.#encode(value);
    this.#taken.push(request);
    this.#takenBytes += request.length;
    if (this.#takenBytes > DEFAULT_REPLAY_BUFFER_BYTES) {
      // From now on only what is on its way is held.
      this.#forgetUntil(this.#first + this.#taken.length - 1);
    }
  }

  #forgetUntil(at: number): void {
    this.#taken.splice(0, at - this.#first);
    this.#first = at;
  }
}
