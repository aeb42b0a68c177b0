import { CoreError } from "./errors.ts";

/** What a full {@link AsyncQueue} does with one more item. */
export type OverflowPolicy = "block" | "drop-oldest" | "drop-newest" | "error";

/** Construction options of {@link AsyncQueue}. */
export interface AsyncQueueConfig {
  /** The most items held, 1 or more. */
  readonly capacity: number;
  /** Default `block`: `push` waits for room. */
  readonly overflow?: OverflowPolicy | undefined;
  /** Called once when the consumer stops early (`break`, `return`), not at the end. */
  readonly onReturn?: (() => void) | undefined;
}

interface Writer<T> {
  readonly item: T;
  resolve(taken: boolean): void;
}

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/**
 * A bounded queue between producers and one consumer, who reads it as an async iterable.
 *
 * Items come out in the order they went in. After {@link close} the consumer still gets what is
 * queued; after {@link fail} it gets what is queued and then the error. Iterating a second time
 * throws: two consumers would share the items between them.
 */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #overflow: OverflowPolicy;
  readonly #onReturn: (() => void) | undefined;
  #items: T[] = [];
  /** Index of the first live item: shifting a long array would cost its length each time. */
  #head = 0;
  #readers: Reader<T>[] = [];
  #writers: Writer<T>[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #iterated = false;
  #returned = false;
  #dropped = 0;

  constructor({ capacity, overflow = "block", onReturn }: AsyncQueueConfig) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`capacity must be a whole number of at least 1, got ${capacity}`);
    }
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.#onReturn = onReturn;
  }

  /** Items waiting for the consumer. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Items discarded by `drop-oldest` or `drop-newest`. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds an item; resolves to whether it was taken on (`false`: dropped by policy, or the queue
   * ended). With `block` it waits for room, and pushes that wait keep their order.
   *
   * @throws {@link CoreError} with kind `overflow` when full under the policy `error`.
   */
  async push(item: T): Promise<boolean> {
    if (this.#overflow !== "block" || this.#ended || this.size < this.#capacity) {
      return this.tryPush(item);
    }
    return new Promise((resolve) => this.#writers.push({ item, resolve }));
  }

  /**
   * {@link push} without waiting: under `block` a full queue answers `false` and keeps nothing.
   *
   * @throws {@link CoreError} with kind `overflow` when full under the policy `error`.
   */
  tryPush(item: T): boolean {
    if (this.#ended) return false;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: item });
      return true;
    }
    if (this.size >= this.#capacity) {
      switch (this.#overflow) {
        case "block":
          return false;
        case "error":
          throw new CoreError("overflow", `the queue is full at ${this.#capacity} items`);
        case "drop-newest":
          this.#dropped++;
          return false;
        case "drop-oldest":
          this.#dropped++;
          this.#take();
          break;
      }
    }
    this.#items.push(item);
    return true;
  }

  /** Ends the queue after what it holds. Idempotent. */
  close(): void {
    this.#end();
  }

  /** Ends the queue with an error after what it holds. The first end counts. */
  fail(error: unknown): void {
    if (!this.#ended) this.#failure = { error };
    this.#end();
  }

  /** The next item, or `done` at the end. Reads may overlap and are served in order. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    if (this.#iterated) throw new TypeError("the queue is being iterated already");
    this.#iterated = true;
    return {
      next: () => this.next(),
      return: () => {
        this.#stop();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #stop(): void {
    const early = !this.#returned && (!this.#ended || this.size > 0);
    this.#returned = true;
    this.#items = [];
    this.#head = 0;
    this.#failure = undefined;
    this.#end();
    if (early) this.#onReturn?.();
  }

  #take(): T {
    const item = this.#items[this.#head] as T;
    this.#head++;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head >= 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    // The room goes straight to the push that waited longest: nobody can take it in between.
    const writer = this.#writers.shift();
    if (writer !== undefined) {
      this.#items.push(writer.item);
      writer.resolve(true);
    }
    return item;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const writer of this.#writers.splice(0)) writer.resolve(false);
    const readers = this.#readers.splice(0);
    const first = readers[0];
    if (first !== undefined && this.#failure !== undefined) {
      first.reject(this.#failure.error);
      this.#failure = undefined;
      readers.shift();
    }
    for (const reader of readers) reader.resolve({ done: true, value: undefined });
  }
}
