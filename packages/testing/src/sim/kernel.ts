import type { Seed, SeededRandom } from "../seeded.ts";
import type { TimedItem } from "../time-heap.ts";
import type { Trace } from "../trace.ts";
import type { SimProcess } from "./process.ts";

/** An entry of the simulation's one queue. `happen` may return a promise to be awaited. */
export interface SimEvent extends TimedItem {
  happen(): Promise<void> | void;
}

/** What processes and links need of the simulation they run in. */
export interface SimKernel {
  readonly seed: Seed;
  /** Virtual milliseconds since the start of the simulation. */
  readonly now: number;
  readonly wallStartMs: number;
  readonly random: SeededRandom;
  readonly trace: Trace;
  /** Queues an event at `event.time`, after all that is queued for that time. */
  schedule(event: SimEvent): void;
  cancel(event: SimEvent): void;
  /** Looks again at when a process wants its next turn. */
  reschedule(process: SimProcess): void;
  /** Records something that was done to the network or to a node. */
  fault(description: string): void;
}

/**
 * The grain of virtual time: 1/1024 ms. Sums of such times are exact in a double, so a clock
 * without skew shows a timer of 100 ms as exactly 100 ms.
 */
export const TICK_MS = 0.000_976_562_5;

/** The next multiple of {@link TICK_MS}. */
export function ceilTick(ms: number): number {
  return Math.ceil(ms / TICK_MS) * TICK_MS;
}
