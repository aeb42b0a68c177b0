import type { Clock } from "@selvage/core";
import type { Mesh } from "@selvage/mesh";

import type { Life } from "./ledger.ts";

/** A process of the mesh, for those who call and serve there. */
export class Party implements Life {
  readonly machine: string;
  readonly life: number;
  readonly mesh: Mesh;
  readonly clock: Clock;
  /** Who sleeps: so many of the process' timers are not the product's. */
  sleeping = 0;

  constructor({ machine, life }: Life, mesh: Mesh, clock: Clock) {
    this.machine = machine;
    this.life = life;
    this.mesh = mesh;
    this.clock = clock;
  }

  /** Lets time pass; without a gap, none. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0) return;
    this.sleeping++;
    try {
      await this.clock.sleep(ms, { signal });
    } finally {
      this.sleeping--;
    }
  }
}
