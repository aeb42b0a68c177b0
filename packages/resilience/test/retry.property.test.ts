import { seededRandom } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import { retry, type RetryAction } from "../src/index.ts";
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
      const policy = retry<number>({
        maxAttempts,
        classify: (error) => (error as Step).action as RetryAction,
        clock,
        random: seededRandom(calls),
      });
      const result = outcome(
        policy.execute(
          (context) => {
            const now = steps[calls++] ?? { action: "succeed", target: 0 };
            if (now.action === "succeed") return "ok";
            context.use(now.target);
            return Promise.reject(now);
          },
          { signal },
        ),
      );
      await clock.advance(10_000);
      const expected = predict(steps, maxAttempts);
      expect({ calls, ok: (await result) === "ok" }).toEqual(expected);
      expectClean();
    },
  );
  await expect(fc.assert(property, { numRuns: 1000 })).resolves.toBeUndefined();
});
