import { seededRandom } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import { backoffMs, retry, type RetryAction } from "../src/index.ts";
import { bench, outcome } from "./helpers.ts";

interface Step {
  readonly action: RetryAction | "succeed";
  readonly target: number;
}

/** How many calls the rules allow for these outcomes, and how the operation ends. */
function predict(steps: readonly Step[], maxAttempts: number): { calls: number; ok: boolean } {
  const moved = new Set<number>();
  let counted = 0;
  for (const [index, { action, target }] of steps.entries()) {
    const calls = index + 1;
    if (action === "succeed") return { calls, ok: true };
    if (action === "fail") return { calls, ok: false };
    if (action === "move" && !moved.has(target)) moved.add(target);
    else if (++counted >= maxAttempts) return { calls, ok: false };
  }
  return { calls: steps.length + 1, ok: true };
}

test("counts attempts and moves as its rules say, and leaves nothing behind", async () => {
  const step = fc.record({
    action: fc.constantFrom<Step["action"]>("retry", "retry", "move", "move", "fail", "succeed"),
    target: fc.nat(3),
  });
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 15 }),
    fc.integer({ min: 1, max: 5 }),
    async (steps, maxAttempts) => {
      const { clock, signal, expectClean } = bench();
      let calls = 0;
      const result = outcome(
        retry<string, number>(
          (context) => {
            const now = steps[calls++] ?? { action: "succeed", target: 0 };
            if (now.action === "succeed") return "ok";
            context.use(now.target);
            return Promise.reject(now);
          },
          { maxAttempts, classify: (error) => (error as { action: RetryAction }).action },
          { clock, signal, random: seededRandom(1) },
        ),
      );
      await clock.advance(10_000);
      const expected = predict(steps, maxAttempts);
      expect({ calls, ok: (await result) === "ok" }).toEqual(expected);
      expectClean();
    },
  );
  await expect(fc.assert(property)).resolves.toBeUndefined();
});

test("a wait lies between half and whole of its exponential, below the ceiling", () => {
  const ms = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      ms,
      ms,
      fc.double({ min: 0, max: 10, noNaN: true }),
      fc.integer({ min: 1, max: 5000 }),
      fc.nat(),
      (initialBackoffMs, maxBackoffMs, backoffMultiplier, failures, seed) => {
        const policy = { initialBackoffMs, maxBackoffMs, backoffMultiplier };
        const exact = backoffMs({ ...policy, jitter: false }, failures, seededRandom(seed));
        const wait = backoffMs(policy, failures, seededRandom(seed));
        expect(exact).toBeLessThanOrEqual(maxBackoffMs);
        expect(wait).toBeGreaterThanOrEqual(exact / 2);
        expect(wait).toBeLessThanOrEqual(exact);
      },
    ),
  );
});

test("waits double from 50 ms to 1 s by default, also after thousands of failures", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 2000].map((failures) =>
    backoffMs({ jitter: false }, failures, seededRandom(1)),
  );
  expect(waits).toEqual([50, 100, 200, 400, 800, 1000, 1000, 1000]);
  expect(backoffMs({ backoffMultiplier: 0.1, jitter: false }, 3, seededRandom(1))).toBe(50);
  expect(backoffMs({ initialBackoffMs: 0 }, 2000, seededRandom(1))).toBe(0);
});
