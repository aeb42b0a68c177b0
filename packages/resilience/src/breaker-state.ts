import type { WindowSlot } from "./call-window.ts";
import { number } from "./checks.ts";

/** What a breaker does with calls: admit all, none, one at a time as a probe, or none for good. */
export type BreakerState = "closed" | "open" | "half-open" | "isolated";

/** What a breaker remembers, as plain data: it survives JSON and a restart. */
export interface BreakerSnapshot {
  /** A half-open breaker is open with nothing left to wait: its probe is lost. */
  readonly state: Exclude<BreakerState, "half-open">;
  /** When it was taken, in wall-clock milliseconds since the Unix epoch. */
  readonly takenAt: number;
  /** Milliseconds from then until a probe may be made, or, if closed, until trouble is new. */
  readonly remainingMs: number;
  /** How long it was open last, in milliseconds. */
  readonly openMs: number;
  /** Openings in a row. */
  readonly openings: number;
  /** The newest calls, the oldest of them first. */
  readonly window: readonly WindowSlot[];
}

/**
 * Refuses what is no snapshot.
 *
 * @throws RangeError or TypeError naming the wrong value.
 */
export function checkSnapshot(snapshot: BreakerSnapshot): void {
  const { state, takenAt, remainingMs, openMs, openings, window } = snapshot;
  const states = ["closed", "open", "isolated"];
  if (!states.includes(state)) throw new TypeError(`state must be ${states.join()}, got ${state}`);
  for (const value of [takenAt, remainingMs, openMs, openings, ...window.flatMap(Object.values)]) {
    number("snapshot", value);
  }
}
