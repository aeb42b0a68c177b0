import type { LinkConfig, Simulation } from "@selvage/testing";

/** One direction between two machines, by name. */
export interface Direction {
  readonly from: string;
  readonly to: string;
}

/** What makes a link worse than it normally is. Of several at once, the worst counts. */
export interface Trouble {
  readonly lossRate?: number | undefined;
  readonly mtuBytes?: number | undefined;
  readonly bandwidthBps?: number | undefined;
}

interface State {
  /** What differs from the links of the others. */
  own: LinkConfig;
  blocks: number;
  changedAt: number;
  readonly troubles: Trouble[];
}

/** What the links are like, and what is wrong with them now; faults of one link may overlap. */
export class Links {
  readonly #sim: Simulation;
  readonly #normal: LinkConfig;
  readonly #states: Map<string, State> = new Map();

  constructor(sim: Simulation, normal: LinkConfig) {
    this.#sim = sim;
    this.#normal = normal;
    sim.network.linkAll(normal);
  }

  /** Sets what one direction is normally like, where it differs from the others. */
  setOwn(direction: Direction, own: LinkConfig): void {
    this.#state(direction).own = own;
    this.#apply(direction);
  }

  /** Whether anything at all gets through. */
  isOpen(direction: Direction): boolean {
    return this.#state(direction).blocks === 0;
  }

  /** Whether datagrams get through both ways, but for the ordinary loss. */
  isGood(a: string, b: string): boolean {
    return [this.#state({ from: a, to: b }), this.#state({ from: b, to: a })].every(
      ({ blocks, troubles }) => blocks === 0 && troubles.length === 0,
    );
  }

  /** {@link isGood}, now and ever since a time. */
  isGoodSince(a: string, b: string, sinceMs: number): boolean {
    return (
      this.isGood(a, b) &&
      this.#state({ from: a, to: b }).changedAt <= sinceMs &&
      this.#state({ from: b, to: a }).changedAt <= sinceMs
    );
  }

  block(direction: Direction): void {
    const { from, to } = direction;
    if (++this.#changed(direction).blocks > 1) return;
    this.#sim.network.partition(from, to, { oneWay: true });
  }

  unblock(direction: Direction): void {
    const { from, to } = direction;
    if (--this.#changed(direction).blocks > 0) return;
    this.#sim.network.heal(from, to, { oneWay: true });
  }

  worsen(direction: Direction, trouble: Trouble): void {
    this.#changed(direction).troubles.push(trouble);
    this.#apply(direction);
  }

  /** Undoes {@link worsen}. */
  relieve(direction: Direction, trouble: Trouble): void {
    const { troubles } = this.#changed(direction);
    troubles.splice(troubles.indexOf(trouble), 1);
    this.#apply(direction);
  }

  #apply(direction: Direction): void {
    const { own, troubles } = this.#state(direction);
    const all: readonly Trouble[] = [{ ...this.#normal, ...own }, ...troubles];
    const values = (key: keyof Trouble): number[] =>
      all.map((trouble) => trouble[key]).filter((value) => value !== undefined);
    const worst: LinkConfig = {
      lossRate: Math.max(0, ...values("lossRate")),
      ...least("mtuBytes", values("mtuBytes")),
      ...least("bandwidthBps", values("bandwidthBps")),
    };
    const { from, to } = direction;
    this.#sim.network.link(from, to, { ...own, ...worst }, { oneWay: true });
  }

  #changed(direction: Direction): State {
    const state = this.#state(direction);
    state.changedAt = this.#sim.now;
    return state;
  }

  #state({ from, to }: Direction): State {
    const key = `${from} ${to}`;
    let state = this.#states.get(key);
    if (state === undefined) {
      state = { own: {}, blocks: 0, changedAt: 0, troubles: [] };
      this.#states.set(key, state);
    }
    return state;
  }
}

const least = (key: keyof Trouble, values: readonly number[]): Trouble =>
  values.length === 0 ? {} : { [key]: Math.min(...values) };
