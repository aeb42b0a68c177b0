import type { Simulation } from "@selvage/testing";

import type { Links } from "../world/links.ts";
import { Steady } from "../world/steady.ts";
import type { Setting } from "./setting.ts";
import type { Station } from "./station.ts";
import { LOOK_MS } from "./times.ts";
import { type Edge, waysBetween } from "./topology.ts";

/** Two nodes that talk with each other. */
export interface Pair {
  readonly a: Station;
  readonly b: Station;
}

/** Whom the truth is about. */
export interface TruthParts {
  readonly sim: Simulation;
  readonly links: Links;
  readonly setting: Pick<Setting, "edges">;
  readonly stations: ReadonlyMap<string, Station>;
}

interface KnownPair extends Pair {
  /** By which one can reach the other: their own link, or through others if they have none. */
  readonly ways: readonly (readonly Station[])[];
  /** By which word may come at all: through others, too, if they have a link. */
  readonly detours: readonly (readonly Station[])[];
}

/**
 * What an onlooker knows who sees everything: since when two nodes have been well and in reach of
 * each other, and since when one that is well can hear nothing of the other.
 */
export class Truth {
  readonly #parts: TruthParts;
  readonly #pairs: readonly KnownPair[];
  readonly #together: Steady;
  readonly #deaf: Steady;

  constructor(parts: TruthParts) {
    const now = (): number => parts.sim.now;
    this.#parts = parts;
    this.#together = new Steady(now);
    this.#deaf = new Steady(now);
    this.#pairs = parts.setting.edges.map((edge) => this.#know(edge));
  }

  get pairs(): readonly Pair[] {
    return this.#pairs;
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
    for (const { a, b, ways, detours } of this.#pairs) {
      for (const way of ways) this.#together.note(keyOf(way), this.#isGood(way));
      this.#deaf.note(keyOf([a, b]), this.#isDeaf(detours));
      this.#deaf.note(keyOf([b, a]), this.#isDeaf(detours.map((way) => way.toReversed())));
    }
  }

  /** A station has another address: its neighbours may need a moment to notice. */
  onRebound(station: Station): void {
    station.reboundAt = this.#parts.sim.now;
    for (const { ways } of this.#pairs) {
      for (const way of ways) if (way.includes(station)) this.#together.interrupt(keyOf(way));
    }
  }

  /** Since when two nodes have been well and, by the same way, in reach of each other. */
  togetherSince(one: string, other: string): number | undefined {
    this.look();
    const times = this.#waysOf(one, other)
      .map((way) => this.#together.since(keyOf(way)))
      .filter((since) => since !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Whether a station that was well could hear nothing of another one for the last `ms`. */
  wasDeafFor(listener: Station, other: Station, ms: number): boolean {
    return this.#deaf.heldFor(keyOf([listener, other]), ms);
  }

  /** All on the way are well, and nothing is wrong with the links between them. */
  #isSound(way: readonly Station[]): boolean {
    const { links } = this.#parts;
    return (
      way.every(({ isWell }) => isWell) &&
      stepsOf(way).every(([from, to]) => links.isGood(from.name, to.name))
    );
  }

  /** A way that can be counted on: if it leads through others, they have found each other. */
  #isGood(way: readonly Station[]): boolean {
    if (!this.#isSound(way)) return false;
    return way.length === 2 || stepsOf(way).every(([a, b]) => isNear(a, b) && isNear(b, a));
  }

  /**
   * No word from the end of the ways gets to their beginning. Relays keep for a while what they
   * cannot pass on: where there are any, nothing may be wrong with them.
   */
  #isDeaf(ways: readonly (readonly Station[])[]): boolean {
    const [first = []] = ways;
    const [listener, other] = [first[0], first.at(-1)];
    if (listener?.isWell !== true) return false;
    if (ways.length === 1 && first.length === 2) return !this.#carries(first);
    return other?.isRunning === false && ways.every((way) => this.#isSound(way.slice(0, -1)));
  }

  /** Word from the end of the way may get to its beginning. */
  #carries(way: readonly Station[]): boolean {
    const { links } = this.#parts;
    return stepsOf(way).every(
      ([to, from]) => from.isRunning && links.isOpen({ from: from.name, to: to.name }),
    );
  }

  #waysOf(one: string, other: string): readonly (readonly Station[])[] {
    const names = [one, other];
    return (
      this.#pairs.find(({ a, b }) => names.includes(a.name) && names.includes(b.name))?.ways ?? []
    );
  }

  #know({ a: first, b: second, isSeparated }: Edge): KnownPair {
    const [a, b] = [this.#station(first), this.#station(second)];
    const detours = waysBetween(first, second, this.#parts.setting.edges).map((way) =>
      way.map((name) => this.#station(name)),
    );
    return { a, b, detours, ways: isSeparated ? detours : [[a, b]] };
  }

  #station(name: string): Station {
    const station = this.#parts.stations.get(name);
    if (station === undefined) throw new RangeError(`there is no station "${name}"`);
    return station;
  }
}

const keyOf = (way: readonly Station[]): string => way.map(({ name }) => name).join(" ");

/** A station has a session with the present process of another one, by their own link. */
const isNear = (station: Station, other: Station): boolean =>
  station.knows(other) && station.transport?.peer(other.nodeId)?.isRelayed === false;

const stepsOf = (way: readonly Station[]): readonly (readonly [Station, Station])[] =>
  way.slice(1).map((next, i) => [way[i] ?? next, next]);
