/** Half-open ranges of stream offsets, sorted, disjoint and not adjacent. */
export class OffsetRanges {
  readonly #ranges: { from: number; to: number }[] = [];

  /** Adds a range, merging what it touches. */
  add(from: number, to: number): void {
    if (from >= to) return;
    const ranges = this.#ranges;
    let at = ranges.length;
    while (at > 0 && (ranges[at - 1] as { to: number }).to >= from) at--;
    let end = at;
    let low = from;
    let high = to;
    for (; end < ranges.length; end++) {
      const range = ranges[end] as { from: number; to: number };
      if (range.from > to) break;
      low = Math.min(low, range.from);
      high = Math.max(high, range.to);
    }
    ranges.splice(at, end - at, { from: low, to: high });
  }

  /**
   * Removes all ranges that start at or below `offset`, or where one of those ends; answers where
   * that leads.
   */
  takeFrom(offset: number): number {
    let end = offset;
    for (let first = this.#ranges[0]; first !== undefined; first = this.#ranges[0]) {
      if (first.from > end) break;
      this.#ranges.shift();
      end = Math.max(end, first.to);
    }
    return end;
  }

  /** The first offset at or above `from` that no range covers, and where the next range starts. */
  gapFrom(from: number, to: number): { readonly from: number; readonly to: number } {
    let low = from;
    for (const range of this.#ranges) {
      if (range.to <= low) continue;
      if (range.from > low) return { from: low, to: Math.min(to, range.from) };
      low = range.to;
    }
    return { from: Math.min(low, to), to };
  }

  /** Removes and returns up to `length` offsets from the front. */
  shift(length: number): { readonly from: number; readonly to: number } | undefined {
    const first = this.#ranges[0];
    if (first === undefined) return undefined;
    const to = Math.min(first.to, first.from + length);
    const taken = { from: first.from, to };
    if (to === first.to) this.#ranges.shift();
    else first.from = to;
    return taken;
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }
}
