import type { Simulation } from "@selvage/testing";

import type { Links } from "../world/links.ts";
import { Steady } from "../world/steady.ts";
import type { Edge } from "./setting.ts";
import type { Station } from "./station.ts";
import { LOOK_MS } from "./times.ts";

/** Two neighbours. */
export interface Pair {
  readonly a: Station;
  readonly b: Station;
}

/** Whom the truth is about. */
export interface TruthParts {
  readonly sim: Simulation;
  readonly links: Links;
  readonly edges: readonly Edge[];
  readonly stations: ReadonlyMap<string, Station>;
}

/**
 * What an onlooker knows who sees everything: since when two neighbours have been well and in
 * reach of each other, and since when one that is well cannot hear the other.
 */
export class Truth {
  readonly pairs: readonly Pair[];
  readonly #parts: TruthParts;
  readonly #together: Steady;
  readonly #deaf: Steady;

  constructor(parts: TruthParts) {
    const now = (): number => parts.sim.now;
    this.#parts = parts;
    this.#together = new Steady(now);
    this.#deaf = new Steady(now);
    this.pairs = parts.edges.map(({ a, b }) => ({ a: this.#station(a), b: this.#station(b) }));
  }

  /** Looks at once, and then every now and then until `untilMs`. */
  watch(untilMs: number, onLook: () => void): void {
    const { sim } = this.#parts;
    this.look();
    onLook();
    if (sim.now + LOOK_MS <= untilMs) sim.after(LOOK_MS, () => this.watch(untilMs, onLook));
  }

  /** Takes note of how things are now. */
  look(): void {
    const { links } = this.#parts;
    for (const { a, b } of this.pairs) {
      const isGood = a.isWell && b.isWell && links.isGood(a.name, b.name);
      this.#together.note(together(a.name, b.name), isGood);
      this.#deaf.note(deaf(a, b), a.isWell && !this.#canHear(a, b));
      this.#deaf.note(deaf(b, a), b.isWell && !this.#canHear(b, a));
    }
  }

  /** A station has another address: its neighbours may need a moment to notice. */
  onRebound(station: Station): void {
    for (const { a, b } of this.pairs) {
      if (a === station || b === station) this.#together.interrupt(together(a.name, b.name));
    }
  }

  /** Since when two neighbours have been well and in reach of each other. */
  togetherSince(a: string, b: string): number | undefined {
    this.look();
    return this.#together.since(together(a, b));
  }

  /** Whether a station that was well could hear nothing of a neighbour for the last `ms`. */
  wasDeafFor(listener: Station, other: Station, ms: number): boolean {
    return this.#deaf.heldFor(deaf(listener, other), ms);
  }

  #canHear(listener: Station, other: Station): boolean {
    return other.isRunning && this.#parts.links.isOpen({ from: other.name, to: listener.name });
  }

  #station(name: string): Station {
    const station = this.#parts.stations.get(name);
    if (station === undefined) throw new RangeError(`there is no station "${name}"`);
    return station;
  }
}

const together = (a: string, b: string): string => [a, b].toSorted().join(" and ");
const deaf = (listener: Station, other: Station): string => `${listener.name} to ${other.name}`;
