/** Where a {@link SingleConsumer} gets its items from. */
export interface ItemSource<T> {
  /** The next item; `undefined` at the end. Called again only when it has settled. */
  next(): Promise<{ readonly item: T } | undefined>;
  /** The reader left early, or said that it wants no more. */
  leave(): void;
}

/**
 * Items for one reader, who may ask for several at once and gets them in order. Iterating a second
 * time throws: two readers would share the items between them.
 */
export class SingleConsumer<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
  readonly #what: string;
  readonly #source: ItemSource<T>;
  #isIterated = false;
  #isLeft = false;
  #last: Promise<unknown> = Promise.resolve();

  /** `what`: the items, for the error. */
  constructor(what: string, source: ItemSource<T>) {
    this.#what = what;
    this.#source = source;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    if (this.#isIterated) throw new TypeError(`the ${this.#what} can be iterated once`);
    this.#isIterated = true;
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isLeft) return Promise.resolve({ done: true, value: undefined });
    const next = this.#last.then(async (): Promise<IteratorResult<T, undefined>> => {
      const found = await this.#source.next();
      return found === undefined
        ? { done: true, value: undefined }
        : { done: false, value: found.item };
    });
    this.#last = next.catch(() => {});
    return next;
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#isLeft = true;
    this.#source.leave();
    return Promise.resolve({ done: true, value: undefined });
  }
}
