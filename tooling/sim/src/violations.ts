import type { Violation } from "./scenario.ts";

/** The most violations of one rule that are kept per run: one bug often breaks a rule many times. */
const MAX_PER_RULE = 5;

/** Collects what a run did wrong. */
export class ViolationLog {
  readonly #now: () => number;
  readonly #kept: Violation[] = [];
  readonly #perRule: Map<string, number> = new Map();

  constructor(now: () => number) {
    this.#now = now;
  }

  add(rule: string, message: string): void {
    const count = (this.#perRule.get(rule) ?? 0) + 1;
    this.#perRule.set(rule, count);
    if (count <= MAX_PER_RULE) this.#kept.push({ rule, atMs: this.#now(), message });
  }

  get all(): readonly Violation[] {
    return this.#kept;
  }
}
