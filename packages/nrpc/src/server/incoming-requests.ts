import type { MessageStream } from "@selvage/transport";

import { RpcError } from "../errors.ts";

/**
 * The requests of a call as its handler reads them, one at a time: what is not read yet holds the
 * caller back. Leaving the loop leaves the rest unread.
 */
export class IncomingRequests implements AsyncIterable<unknown>, AsyncIterator<unknown, undefined> {
  readonly #stream: MessageStream;
  readonly #read: (body: Uint8Array) => Promise<unknown>;
  #iterated = false;
  #isAtEnd = false;
  #last: Promise<unknown> = Promise.resolve();

  /** `read` may reject, with kind `bad-request`. */
  constructor(stream: MessageStream, read: (body: Uint8Array) => Promise<unknown>) {
    this.#stream = stream;
    this.#read = read;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    if (this.#iterated) throw new TypeError("the requests of a call can be iterated once");
    this.#iterated = true;
    return this;
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    const next = this.#last.then(() => this.#next());
    this.#last = next.catch(() => {});
    return next;
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#isAtEnd = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  async #next(): Promise<IteratorResult<unknown, undefined>> {
    const body = this.#isAtEnd ? undefined : await this.#receive();
    if (body === undefined) {
      this.#isAtEnd = true;
      return { done: true, value: undefined };
    }
    return { done: false, value: await this.#read(body) };
  }

  async #receive(): Promise<Uint8Array | undefined> {
    try {
      return await this.#stream.receive();
    } catch (cause) {
      throw new RpcError(
        "unavailable",
        `node ${this.#stream.nodeId} was lost or took its call back`,
        {
          cause,
          delivered: "maybe",
        },
      );
    }
  }
}
