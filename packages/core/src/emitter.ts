import { listenForAbort } from "./abort-listener.ts";

/** Options of {@link Emitter.on}. */
export interface ListenOptions {
  /** Removes the listener when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Subscribes to an event; disposing the result unsubscribes. */
export type Listen<T> = (listener: (event: T) => void, options?: ListenOptions) => Disposable;

interface Subscription<T> {
  readonly listener: (event: T) => void;
  readonly remove: () => void;
}

/**
 * One typed event. Listeners are isolated: one that throws is reported and stops neither the
 * others nor the emitting code. A listener added or removed during `emit` counts from the next.
 */
export class Emitter<T> {
  #listeners: readonly Subscription<T>[] = [];
  readonly #reportError: (error: unknown) => void;

  /** `reportError` hears what listeners throw; it must not throw itself. */
  constructor(reportError: (error: unknown) => void) {
    this.#reportError = reportError;
  }

  /** How many listeners are subscribed. */
  get size(): number {
    return this.#listeners.length;
  }

  /** Subscribes; a bound function, so that an object can hand it out as its own `onX`. */
  readonly on: Listen<T> = (listener, { signal } = {}) => {
    if (signal?.aborted === true) return { [Symbol.dispose]: () => {} };
    const remove = (): void => {
      this.#listeners = this.#listeners.filter((other) => other !== own);
      stopListening?.();
    };
    const own: Subscription<T> = { listener, remove };
    this.#listeners = [...this.#listeners, own];
    const stopListening = signal && listenForAbort(signal, remove);
    return { [Symbol.dispose]: remove };
  };

  /** Calls every listener in the order of subscription. */
  emit(event: T): void {
    for (const { listener } of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#reportError(error);
      }
    }
  }

  /** Removes every listener, also from the signals they were bound to. */
  clear(): void {
    for (const { remove } of this.#listeners) remove();
  }
}
