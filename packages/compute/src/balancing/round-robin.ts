import type { Endpoint } from "./endpoint.ts";
import type { BalancingStrategy } from "./strategy.ts";

/** In turn. */
export class RoundRobin implements BalancingStrategy {
  #next = 0;

  pick(available: readonly Endpoint[]): Endpoint | undefined {
    const chosen = available[this.#next % available.length];
    this.#next = (this.#next + 1) % Number.MAX_SAFE_INTEGER;
    return chosen;
  }
}
