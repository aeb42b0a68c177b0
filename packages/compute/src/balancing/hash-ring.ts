import { RING_POINTS_PER_ENDPOINT } from "../defaults.ts";
import type { Endpoint } from "./endpoint.ts";
import { ringPosition } from "./key-hash.ts";
import { RoundRobin } from "./round-robin.ts";
import type { BalancingStrategy } from "./strategy.ts";

interface Point {
  readonly position: number;
  readonly id: string;
}

/**
 * Consistent hashing: endpoints have many points on a ring, and a key goes to the first available one
 * from its own point on. Without a key in turn.
 */
export class HashRing implements BalancingStrategy {
  readonly #keyless = new RoundRobin();
  #ids: ReadonlySet<string> = new Set();
  #points: readonly Point[] = [];

  pick(available: readonly Endpoint[], key: string | undefined): Endpoint | undefined {
    if (key === undefined) return this.#keyless.pick(available);
    const byId = new Map(available.map((endpoint) => [endpoint.id, endpoint]));
    const start = this.#firstFrom(ringPosition(key));
    const { length } = this.#points;
    for (let i = 0; i < length; i++) {
      const point = this.#points[(start + i) % length];
      const endpoint = point && byId.get(point.id);
      if (endpoint !== undefined) return endpoint;
    }
    return undefined;
  }

  changed(all: readonly Endpoint[]): void {
    const ids = new Set(all.map(({ id }) => id));
    if (ids.size === this.#ids.size && [...ids].every((id) => this.#ids.has(id))) return;
    this.#ids = ids;
    const points: Point[] = [];
    for (const id of ids) {
      for (let i = 0; i < RING_POINTS_PER_ENDPOINT; i++) {
        points.push({ position: ringPosition(`${id}#${i}`), id });
      }
    }
    this.#points = points.toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
  }

  /** The index of the first point at or after a position. */
  #firstFrom(position: number): number {
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const point = this.#points[middle];
      if (point !== undefined && point.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
