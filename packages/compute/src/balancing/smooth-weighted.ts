import type { Endpoint } from "./endpoint.ts";
import type { BalancingStrategy } from "./strategy.ts";

/**
 * In turn by weight, so that heavy ones are spread among the others: each gains its weight per turn,
 * the richest is chosen and pays what all gained together. nginx's smooth weighted round-robin.
 */
export class SmoothWeighted implements BalancingStrategy {
  readonly #credits = new Map<string, number>();

  pick(available: readonly Endpoint[]): Endpoint | undefined {
    let total = 0;
    let chosen: Endpoint | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const endpoint of available) {
      const { id, weight } = endpoint;
      const credit = (this.#credits.get(id) ?? 0) + weight;
      this.#credits.set(id, credit);
      total += weight;
      if (credit > most) {
        most = credit;
        chosen = endpoint;
      }
    }
    if (chosen !== undefined) this.#credits.set(chosen.id, most - total);
    return chosen;
  }

  changed(all: readonly Endpoint[]): void {
    const ids = new Set(all.map(({ id }) => id));
    for (const id of this.#credits.keys()) if (!ids.has(id)) this.#credits.delete(id);
  }
}
