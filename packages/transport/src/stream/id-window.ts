/** Slots at first; doubles as needed. */
const MIN_SLOTS = 64;
/** Beyond this, keys that live long are kept aside instead of stretching the window. */
const MAX_SLOTS = 4_096;

/**
 * A map for keys that are handed out in ascending order and mostly live briefly: a sliding window
 * over an array, with the few that stay behind kept aside. A `Map` with steady additions and
 * deletions makes the collector keep its discarded tables, and what they held, for long; here that
 * cost a tenth of the time of every call.
 */
export class IdWindow<T> {
  #slots: ({ readonly key: number; readonly value: T } | undefined)[] = emptySlots(MIN_SLOTS);
  readonly #aside: Map<number, T> = new Map();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): T | undefined {
    const slot = this.#slots[key % this.#slots.length];
    if (slot !== undefined && slot.key === key) return slot.value;
    return this.#aside.size === 0 ? undefined : this.#aside.get(key);
  }

  /** Adds a key that is not in the window. */
  add(key: number, value: T): void {
    this.#size++;
    this.#place({ key, value });
  }

  delete(key: number): boolean {
    const at = key % this.#slots.length;
    if (this.#slots[at]?.key === key) this.#slots[at] = undefined;
    else if (!this.#aside.delete(key)) return false;
    this.#size--;
    return true;
  }

  /** In no particular order; what is added or deleted meanwhile may or may not be seen. */
  *values(): Generator<T> {
    yield* this.#aside.values();
    for (const slot of this.#slots) if (slot !== undefined) yield slot.value;
  }

  #place(entry: { readonly key: number; readonly value: T }): void {
    const at = entry.key % this.#slots.length;
    const occupant = this.#slots[at];
    if (occupant !== undefined) {
      if (this.#size * 2 > this.#slots.length && this.#slots.length < MAX_SLOTS) {
        this.#grow();
        this.#place(entry);
        return;
      }
      this.#aside.set(occupant.key, occupant.value);
    }
    this.#slots[at] = entry;
  }

  #grow(): void {
    const entries = this.#slots;
    this.#slots = emptySlots(entries.length * 2);
    for (const entry of entries) if (entry !== undefined) this.#place(entry);
  }
}

function emptySlots<T>(count: number): (T | undefined)[] {
  return Array.from({ length: count });
}
