import { monitorEventLoopDelay } from "node:perf_hooks";

/** How often the loop is looked at, in milliseconds. */
const RESOLUTION_MS = 10;

/** Watches how late this process runs its timers. */
export class LoopDelayMeter {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#histogram.enable();
  }

  /** Ends the watch; the longest delay, in milliseconds. */
  stop(): number {
    this.#histogram.disable();
    // Node records the distance of two looks, which is the resolution when nothing is late.
    return Math.max(0, this.#histogram.max / 1e6 - RESOLUTION_MS);
  }
}
