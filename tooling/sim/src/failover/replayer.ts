import { type Random, randomInt } from "@selvage/core";
import type { Simulation } from "@selvage/testing";

import { FAULTS_FROM_MS, QUIET_FROM_MS } from "./times.ts";

/** Datagrams remembered per direction. */
const REMEMBERED = 64;
/** How often one of each direction is sent once more, in milliseconds. */
const EVERY_MS = 1_000;

interface Heard {
  readonly bytes: Uint8Array;
  readonly from: string;
  readonly to: string;
}

/**
 * Somebody who records what arrives and sends it again, up to many seconds later: no packet may
 * count twice, and no dead node may look alive by what it once said.
 */
export class Replayer {
  readonly #sim: Simulation;
  readonly #random: Random;
  readonly #heard: Map<string, Heard[]> = new Map();

  constructor(sim: Simulation, random: Random) {
    this.#sim = sim;
    this.#random = random;
  }

  /** Repeats what it hears, until the end. */
  schedule(): void {
    this.#sim.after(FAULTS_FROM_MS, () => this.#repeat());
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
      this.#sim.network.inject(bytes, { from, to });
    }
    if (this.#sim.now < QUIET_FROM_MS) this.#sim.after(EVERY_MS, () => this.#repeat());
  }
}
