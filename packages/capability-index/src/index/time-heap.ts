/** Something that a {@link TimeHeap} holds; the heap owns `slot`. */
export interface HeapItem {
  /** Position in the heap that it is in, or -1. */
  slot: number;
}

/** A binary heap, earliest first, whose items know their place and so can be taken out early. */
export class TimeHeap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #timeOf: (item: T) => number;

  /** The time of an item must not change while it is in the heap. */
  constructor(timeOf: (item: T) => number) {
    this.#timeOf = timeOf;
  }

  /** The earliest item. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Takes the earliest item out if its time has come. */
  popDue(now: number): T | undefined {
    const first = this.#items[0];
    if (first === undefined || this.#timeOf(first) > now) return undefined;
    this.remove(first);
    return first;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** Takes an item out, which must be in. */
  remove(item: T): void {
    const { slot } = item;
    item.slot = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#sink(last, slot);
    if (last.slot === slot) this.#rise(last, slot);
  }

  #rise(item: T, from: number): void {
    const items = this.#items;
    const time = this.#timeOf(item);
    let slot = from;
    while (slot > 0) {
      const above = (slot - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || this.#timeOf(parent) <= time) break;
      items[slot] = parent;
      parent.slot = slot;
      slot = above;
    }
    items[slot] = item;
    item.slot = slot;
  }

  #sink(item: T, from: number): void {
    const items = this.#items;
    const time = this.#timeOf(item);
    let slot = from;
    for (;;) {
      const child = this.#earlier(2 * slot + 1);
      if (child === undefined || this.#timeOf(child) >= time) break;
      const below = child.slot;
      items[slot] = child;
      child.slot = slot;
      slot = below;
    }
    items[slot] = item;
    item.slot = slot;
  }

  /** The earlier of two siblings. */
  #earlier(left: number): T | undefined {
    const first = this.#items[left];
    const second = this.#items[left + 1];
    if (first === undefined || second === undefined) return first;
    return this.#timeOf(second) < this.#timeOf(first) ? second : first;
  }
}
