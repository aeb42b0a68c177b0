import type { Endpoint } from "./endpoint.ts";
import type { BalancingStrategy } from "./strategy.ts";

/** The one with the least of something; equal ones in turn. */
export class Least implements BalancingStrategy {
  readonly #measure: (endpoint: Endpoint) => number;
  #turn = 0;

  constructor(measure: (endpoint: Endpoint) => number) {
    this.#measure = measure;
  }

  pick(available: readonly Endpoint[]): Endpoint | undefined {
    const { length } = available;
    const start = this.#turn % length;
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    let chosen: Endpoint | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < length; i++) {
      const endpoint = available[(start + i) % length];
      if (endpoint === undefined) continue;
      const measured = this.#measure(endpoint);
      if (measured < least) {
        least = measured;
        chosen = endpoint;
      }
    }
    return chosen;
  }
}
