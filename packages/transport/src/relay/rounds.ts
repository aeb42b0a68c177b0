import type { Clock, NodeId, Timer } from "@selvage/core";

/** Rounds of news are at least this far apart, in milliseconds: what changes together is told together. */
export const ROUTE_ROUND_MS = 20;

/** Collects destinations whose routes have changed. The first leaves at the end of its turn. */
export class Rounds implements Disposable {
  readonly #clock: Clock;
  readonly #run: (destinations: Iterable<NodeId>) => void;
  #marked: Set<NodeId> = new Set();
  #lastAt = Number.NEGATIVE_INFINITY;
  #isPlanned = false;
  #isOver = false;
  #timer: Timer | undefined;

  constructor(clock: Clock, run: (destinations: Iterable<NodeId>) => void) {
    this.#clock = clock;
    this.#run = run;
  }

  mark(destination: NodeId): void {
    this.#marked.add(destination);
    if (this.#isPlanned || this.#isOver) return;
    this.#isPlanned = true;
    const wait = this.#lastAt + ROUTE_ROUND_MS - this.#clock.now();
    if (wait <= 0) this.#clock.endOfTurn(() => this.#next());
    else this.#timer = this.#clock.setTimeout(() => this.#next(), wait).unref();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
  }

  #next(): void {
    this.#isPlanned = false;
    if (this.#isOver) return;
    this.#lastAt = this.#clock.now();
    const marked = this.#marked;
    this.#marked = new Set();
    this.#run(marked);
  }
}
