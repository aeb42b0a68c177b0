import { DEFAULT_REPLAY_BUFFER_BYTES } from "../defaults.ts";
import type { OutgoingRequests, RequestSink } from "./outgoing-requests.ts";

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
  #isCommitted = false;
  /** How the source ended; it is not asked again. */
  #end: "done" | "closed" | { readonly error: unknown } | undefined;
  #taking: Promise<void> | undefined;
  /** Who tells the requests now: the latest attempt. */
  #telling = 0;
  /** What that one says next. */
  #next = 0;

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
    return this.#isCommitted;
  }

  sendOn(stream: RequestSink, head: Uint8Array, fail: (reason: unknown) => void): Disposable {
    stream.send(head);
    const stop = new AbortController();
    void this.#tell(stream, stop.signal, fail);
    return {
      [Symbol.dispose]: () => {
        stop.abort();
        stream.end();
      },
    };
  }

  close(): void {
    if (this.#end === "done" || this.#end === "closed") return;
    // One whose request cannot be encoded does not know of it yet.
    this.#end = "closed";
    // A source that is waiting for something hears of it when it goes on.
    const leave = async (): Promise<unknown> => this.#source.return?.();
    leave().catch(() => {});
  }

  async #tell(
    stream: RequestSink,
    stop: AbortSignal,
    fail: (reason: unknown) => void,
  ): Promise<void> {
    const turn = ++this.#telling;
    this.#next = 0;
    for (;;) {
      while (this.#at(this.#next) === undefined && this.#end === undefined) await this.#take();
      // Another attempt may have begun meanwhile: what comes is that one's.
      if (stop.aborted || turn !== this.#telling) return;
      // Not where they are taken: what comes between two attempts binds the call to neither.
      if (this.#takenBytes > DEFAULT_REPLAY_BUFFER_BYTES) this.#isCommitted = true;
      if (this.#isCommitted) this.#forgetSent();
      const request = this.#at(this.#next);
      if (request === undefined && typeof this.#end === "object") {
        fail(this.#end.error);
        return;
      }
      try {
        if (request !== undefined) await stream.sendBlocking(request, { signal: stop });
        // Only a source that came to its end makes an end that looks like one.
        else if (this.#end === "done") stream.end();
      } catch {
        return;
      }
      if (request === undefined) return;
      if (turn !== this.#telling) return;
      this.#next++;
    }
  }

  /** A request that is kept. */
  #at(at: number): Uint8Array | undefined {
    return this.#taken[at - this.#first];
  }

  /** One request more, whoever needs it. */
  #take(): Promise<void> {
    this.#taking ??= this.#takeOne().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #takeOne(): Promise<void> {
    try {
      const { done, value } = await this.#source.next();
      if (this.#end !== undefined) return;
      if (done === true) {
        this.#end = "done";
        return;
      }
      const request = await this.#encode(value);
      this.#taken.push(request);
      this.#takenBytes += request.length;
    } catch (error) {
      this.#end ??= { error };
    }
  }

  /** Of a call that stays where it is, only what is not said yet is held. */
  #forgetSent(): void {
    this.#taken.splice(0, this.#next - this.#first);
    this.#first = this.#next;
  }
}
