import { deferred } from "./deferred.ts";

/** What every closable part offers. */
export interface Closable extends AsyncDisposable {
  /** Ends gracefully. Idempotent: concurrent and later calls share one promise. */
  close(): Promise<void>;
}

/**
 * The `close` of a part: runs `work` once, however often it is called, and knows whether it was
 * called.
 */
export class CloseOnce {
  readonly #work: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** True from the first call of {@link close} on. */
  get started(): boolean {
    return this.#closing !== undefined;
  }

  /** Runs the work at the first call; every call gets the same promise, also one from inside it. */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      const { promise, resolve } = deferred<void>();
      this.#closing = promise;
      const run = async (): Promise<void> => this.#work();
      resolve(run());
    }
    return this.#closing;
  }
}

/**
 * Closes parts in the reverse order of creation. Every part is closed even if another fails; the
 * first failure is rethrown at the end.
 */
export async function closeAll(parts: readonly AsyncDisposable[]): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  for (const part of parts.toReversed()) {
    try {
      await part[Symbol.asyncDispose]();
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== undefined) throw failure.error;
}
