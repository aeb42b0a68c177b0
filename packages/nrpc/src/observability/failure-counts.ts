import { rpcErrorKinds } from "../errors.ts";

/** For a failure that is of no kind of ours, such as what a signal was aborted with. */
const OTHER = "other";

/** Counts failures by kind. What is no kind of a call's errors is counted as `other`. */
export class FailureCounts {
  readonly #counts: Map<string, number> = new Map();

  add(outcome: string): void {
    const kind = Object.hasOwn(rpcErrorKinds, outcome) ? outcome : OTHER;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** In the order of the kinds' names. */
  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}
