/** Something that happens at a time. The heap owns `slot`; elsewhere it is read-only. */
export interface TimedItem {
  time: number;
  /** Breaks ties: lower first. Give every item another one, and the order is total. */
  order: number;
  /** Position in the heap, or -1 when it is in none. */
  slot: number;
}

const before = (a: TimedItem, b: TimedItem): boolean =>
  a.time < b.time || (a.time === b.time && a.order < b.order);

/** A binary heap, earliest first, whose items know their place and so can be taken out early. */
export class TimeHeap<T extends TimedItem> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes an item out; without effect when it is not in. */
  remove(item: T): void {
    const { slot } = item;
    if (slot < 0) return;
    item.slot = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#sink(last, slot);
    if (last.slot === slot) this.#rise(last, slot);
  }

  clear(): void {
    for (const item of this.#items) item.slot = -1;
    this.#items.length = 0;
  }

  #rise(item: T, from: number): void {
    const items = this.#items;
    let slot = from;
    while (slot > 0) {
      const above = (slot - 1) >> 1;
      const parent = items[above] as T;
      if (!before(item, parent)) break;
      items[slot] = parent;
      parent.slot = slot;
      slot = above;
    }
    items[slot] = item;
    item.slot = slot;
  }

  #sink(item: T, from: number): void {
    const items = this.#items;
    let slot = from;
    for (;;) {
      let below = 2 * slot + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && before(items[below + 1] as T, items[below] as T)) below++;
      const child = items[below] as T;
      if (!before(child, item)) break;
      items[slot] = child;
      child.slot = slot;
      slot = below;
    }
    items[slot] = item;
    item.slot = slot;
  }
}
