import type { CapabilitySet } from "../capabilities/capability-set.ts";

/** Whether a node is fit for an intent. A {@link CompiledPredicate} is one. */
export type Intent = (capabilities: CapabilitySet) => boolean;

/** What artifacts can be meant for, and what nodes must have for that; by name. */
export class IntentRegistry implements Iterable<readonly [name: string, intent: Intent]> {
  readonly #intents: Map<string, Intent>;

  /** Begins with these intents, such as {@link SHIPPED_INTENTS}; default none. */
  constructor(intents: Iterable<readonly [name: string, intent: Intent]> = []) {
    this.#intents = new Map(intents);
  }

  /** Adds an intent; `false`, and nothing changes, where the name is taken. */
  register(name: string, intent: Intent): boolean {
    if (this.#intents.has(name)) return false;
    this.#intents.set(name, intent);
    return true;
  }

  /** Removes an intent; `false` where there is none of this name. */
  unregister(name: string): boolean {
    return this.#intents.delete(name);
  }

  get(name: string): Intent | undefined {
    return this.#intents.get(name);
  }

  [Symbol.iterator](): IterableIterator<readonly [name: string, intent: Intent]> {
    return this.#intents[Symbol.iterator]();
  }
}
