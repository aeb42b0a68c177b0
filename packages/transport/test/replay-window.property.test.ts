import fc from "fast-check";
import { expect, test } from "vitest";

import { REPLAY_WINDOW_PACKETS, ReplayWindow } from "../src/packet/replay-window.ts";

/** The window as one would describe it: everything seen, and how far back it may be judged. */
class Model {
  readonly #seen: Set<number> = new Set();
  #highest = -1;

  isNew(number: number): boolean {
    return !this.#seen.has(number) && number > this.#highest - REPLAY_WINDOW_PACKETS;
  }

  accept(number: number): void {
    this.#seen.add(number);
    this.#highest = Math.max(this.#highest, number);
  }
}

/** A step: forward by so much, or back to the n-th newest number, or to one that was accepted. */
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant("forward"), fc.nat(40)) },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constant("forward"), fc.integer({ min: 2_010, max: 2_050 })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constant("forward"), fc.constantFrom(4_096, 70_000, 2 ** 35)),
    },
    { weight: 2, arbitrary: fc.tuple(fc.constant("back"), fc.nat(2_100)) },
    { weight: 4, arbitrary: fc.tuple(fc.constant("again"), fc.oneof(fc.nat(3), fc.nat(300))) },
  ),
  { minLength: 1, maxLength: 300 },
);

test("judges every number as a set of all numbers would", () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const window = new ReplayWindow();
      const model = new Model();
      const accepted: number[] = [];
      for (const [way, by] of taken) {
        const again = accepted.at(-1 - by);
        const number = Math.max(0, way === "forward" ? window.highest + by : window.highest - by);
        const asked = way === "again" ? (again ?? 0) : number;
        expect(window.isNew(asked)).toBe(model.isNew(asked));
        if (!window.isNew(asked)) continue;
        window.accept(asked);
        model.accept(asked);
        accepted.push(asked);
      }
    }),
    { numRuns: 500 },
  );
});
