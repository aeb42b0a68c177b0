import type { LinkConfig, Simulation } from "@selvage/testing";

/** One direction between two machines, by name. */
export interface Direction {
  readonly from: string;
  readonly to: string;
}

interface State {
  blocks: number;
  changedAt: number;
  /** Loss rates of the bursts that rage now. */
  readonly bursts: number[];
}

/** What is wrong with the links now; faults of one link may overlap. */
export class Links {
  readonly #sim: Simulation;
  readonly #normal: LinkConfig;
  readonly #states: Map<string, State> = new Map();

  constructor(sim: Simulation, normal: LinkConfig) {
    this.#sim = sim;
    this.#normal = normal;
    sim.network.linkAll(normal);
  }

  /** Whether datagrams get through both ways, but for the ordinary loss. */
  isGood(a: string, b: string): boolean {
    return [this.#state({ from: a, to: b }), this.#state({ from: b, to: a })].every(
      ({ blocks, bursts }) => blocks === 0 && bursts.length === 0,
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
    const state = this.#changed(direction);
    if (++state.blocks === 1) this.#block(direction);
  }

  unblock(direction: Direction): void {
    const state = this.#changed(direction);
    if (--state.blocks > 0) return;
    const { from, to } = direction;
    // Healing knows no direction.
    this.#sim.network.heal(from, to);
    const back = { from: to, to: from };
    if (this.#state(back).blocks > 0) this.#block(back);
  }

  beginBurst(direction: Direction, lossRate: number): void {
    this.#changed(direction).bursts.push(lossRate);
    this.#applyLoss(direction);
  }

  endBurst(direction: Direction, lossRate: number): void {
    const { bursts } = this.#changed(direction);
    bursts.splice(bursts.indexOf(lossRate), 1);
    this.#applyLoss(direction);
  }

  #block({ from, to }: Direction): void {
    this.#sim.network.partition(from, to, { oneWay: true });
  }

  #applyLoss(direction: Direction): void {
    const { bursts } = this.#state(direction);
    const lossRate = Math.max(this.#normal.lossRate ?? 0, ...bursts);
    this.#sim.network.link(direction.from, direction.to, { lossRate }, { oneWay: true });
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
      state = { blocks: 0, changedAt: 0, bursts: [] };
      this.#states.set(key, state);
    }
    return state;
  }
}
