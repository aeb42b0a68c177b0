import { monitorEventLoopDelay } from "node:perf_hooks";

import type { Usage } from "./protocol.ts";

/** How often the loop is looked at, in milliseconds. */
const RESOLUTION_MS = 10;

/** Watches what this process costs and how late its event loop runs. */
export class UsageMeter {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #cpu: NodeJS.CpuUsage = process.cpuUsage();

  /** Begins anew. */
  start(): void {
    this.#delays.reset();
    this.#delays.enable();
    this.#cpu = process.cpuUsage();
  }

  /** What was used since {@link start}. */
  stop(): Usage {
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#delays.disable();
    return {
      cpuMs: (user + system) / 1_000,
      // Node records the distance of two looks, which is the resolution when nothing is late.
      loopDelayMs: Math.max(0, this.#delays.max / 1e6 - RESOLUTION_MS),
    };
  }
}
