import { getEventListeners } from "node:events";

import type { Random } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { expect } from "vitest";

/** Draws that give the given fraction each time: 1 leaves waits whole, 0 halves them. */
export const always = (fraction: number): Random => ({ next: () => fraction });

/** Clock, caller's signal, and a check that an operation left nothing on either. */
export interface Bench {
  readonly clock: ManualClock;
  readonly controller: AbortController;
  readonly signal: AbortSignal;
  readonly random: Random;
  expectClean(): void;
}

export function bench(): Bench {
  const clock = new ManualClock();
  const controller = new AbortController();
  const { signal } = controller;
  return {
    clock,
    controller,
    signal,
    random: always(1),
    expectClean: () => {
      expect(clock.pending).toBe(0);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    },
  };
}

/** What a promise came to, without throwing. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}
