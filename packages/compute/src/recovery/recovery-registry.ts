/** Reports what slots a group recovered; stateful, synchronous and cheap. */
export type RecoveryHandler = () => readonly number[];

/** Construction options of {@link RecoveryRegistry}. */
export interface RecoveryRegistryConfig {
  /** Hears why a handler was evicted; default nobody. What it throws itself is ignored. */
  readonly onEvicted?: ((error: unknown) => void) | undefined;
}

/**
 * The recovery handlers of a node, run once per tick of its supervisor. A group whose slot found no
 * node when it failed gets here another chance each tick, also on nodes that join later.
 *
 * Share the instance. A handler that throws is evicted for good: so do those of closed groups.
 *
 * @example
 * ```ts
 * import { RecoveryRegistry } from "@selvage/compute";
 * const registry = new RecoveryRegistry();
 * registry.register(() => [0, 1]);
 * registry.register(() => {
 *   throw new Error("the group is closed");
 * });
 * console.log(registry.tryRunAll(), registry.len()); // [ 0, 1 ] 1
 * ```
 */
export class RecoveryRegistry {
  #handlers: RecoveryHandler[] = [];
  readonly #onEvicted: (error: unknown) => void;

  constructor({ onEvicted = () => {} }: RecoveryRegistryConfig = {}) {
    this.#onEvicted = onEvicted;
  }

  /**
   * Adds a handler and returns how many there are then. Registered during a run, it runs in the next
   * one, and only those that were as well count. The same function may be registered twice.
   */
  register(handler: RecoveryHandler): number {
    return this.#handlers.push(handler);
  }

  /** How many handlers there are; during a run, how many were registered since it began. */
  len(): number {
    return this.#handlers.length;
  }

  /** Whether {@link len} is 0. */
  isEmpty(): boolean {
    return this.#handlers.length === 0;
  }

  /**
   * Runs every handler once, in the order of registration, and returns what they report, one behind
   * the other. The list is taken out for the run and merged back behind it, survivors first: so a
   * handler may register others, or run the registry itself, and nothing is run twice or lost.
   */
  tryRunAll(): number[] {
    const taken = this.#handlers;
    this.#handlers = [];
    const survivors: RecoveryHandler[] = [];
    const recovered: number[] = [];
    for (const handler of taken) {
      try {
        for (const slot of report(handler)) recovered.push(slot);
        survivors.push(handler);
      } catch (error) {
        this.#warn(error);
      }
    }
    this.#handlers = survivors.concat(this.#handlers);
    return recovered;
  }

  toString(): string {
    return `RecoveryRegistry(${this.#handlers.length} handlers)`;
  }

  toJSON(): { readonly handlers: number } {
    return { handlers: this.#handlers.length };
  }

  #warn(error: unknown): void {
    try {
      this.#onEvicted(error);
    } catch {
      // Who listens badly must not cost the survivors their place.
    }
  }
}

/** Types are no proof: an asynchronous handler would be found out here, and be as one that throws. */
function report(handler: () => unknown): readonly number[] {
  const result = handler();
  if (isIndexList(result)) return result;
  if (isThenable(result)) result.then(undefined, () => {});
  throw new TypeError("a recovery handler must return an array of slot indices, synchronously");
}

function isIndexList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((index) => typeof index === "number");
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
