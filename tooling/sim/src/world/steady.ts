/** Since when conditions have held without a break, as far as one has looked. */
export class Steady {
  readonly #now: () => number;
  readonly #since: Map<string, number> = new Map();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The condition `key` holds now, or does not. */
  note(key: string, holds: boolean): void {
    if (!holds) this.#since.delete(key);
    else if (!this.#since.has(key)) this.#since.set(key, this.#now());
  }

  /** Something happened to the condition that counts as a break, though it holds on. */
  interrupt(key: string): void {
    if (this.#since.has(key)) this.#since.set(key, this.#now());
  }

  /** Since when it has held; `undefined` when it does not. */
  since(key: string): number | undefined {
    return this.#since.get(key);
  }

  /** Whether it has held for the last `ms` milliseconds. */
  heldFor(key: string, ms: number): boolean {
    const since = this.#since.get(key);
    return since !== undefined && since <= this.#now() - ms;
  }

  /** Whether any condition has held for the last `ms` milliseconds. */
  anyHeldFor(ms: number): boolean {
    return [...this.#since.keys()].some((key) => this.heldFor(key, ms));
  }
}
