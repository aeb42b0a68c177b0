import { type Random, randomInt } from "@selvage/core";
import type { Simulation } from "@selvage/testing";

/** Datagrams remembered per direction. */
const REMEMBERED = 64;
/** How often one of each direction is sent once more, in milliseconds. */
const EVERY_MS = 1_000;

interface Heard {
  readonly bytes: Uint8Array;
  readonly from: string;
  readonly to: string;
}

/** When somebody listens and repeats, in virtual milliseconds. */
export interface ReplayTimes {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Somebody who records what arrives and sends it again, up to many seconds later: no packet may
 * count twice, and no dead node may look alive by what it once said.
 */
export class Replayer {
  readonly #sim: Simulation;
  readonly #random: Random;
  readonly #times: ReplayTimes;
  readonly #forge: ((random: Random, bytes: Uint8Array) => Uint8Array) | undefined;
  readonly #heard: Map<string, Heard[]> = new Map();
  #count = 0;

  /** `forge` may change what is repeated. */
  constructor(parts: {
    readonly sim: Simulation;
    readonly random: Random;
    readonly times: ReplayTimes;
    readonly forge?: ((random: Random, bytes: Uint8Array) => Uint8Array) | undefined;
  }) {
    this.#sim = parts.sim;
    this.#random = parts.random;
    this.#times = parts.times;
    this.#forge = parts.forge;
  }

  /** Datagrams sent once more so far. */
  get count(): number {
    return this.#count;
  }

  /** Repeats what it hears, until the end. */
  schedule(): void {
    this.#sim.after(this.#times.fromMs, () => this.#repeat());
  }

  /** A datagram arrived; another arrival of it is nothing new to its receiver. */
  hear(datagram: Uint8Array, from: string, to: string): void {
    this.#remember(`${from} ${to}`, { bytes: datagram.slice(), from, to });
  }

  #remember(direction: string, heard: Heard): void {
    const known = this.#heard.get(direction);
    if (known === undefined) this.#heard.set(direction, [heard]);
    else if (known.length < REMEMBERED) known.push(heard);
    else known[randomInt(this.#random, REMEMBERED)] = heard;
  }

  #repeat(): void {
    for (const heard of this.#heard.values()) {
      const { bytes, from, to } = heard[randomInt(this.#random, heard.length)] as Heard;
      this.#sim.network.inject(this.#forge?.(this.#random, bytes) ?? bytes, { from, to });
      this.#count++;
    }
    if (this.#sim.now < this.#times.untilMs) this.#sim.after(EVERY_MS, () => this.#repeat());
  }
}
