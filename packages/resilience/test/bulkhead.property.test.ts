import { ManualClock, seededRandom } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import { Bulkhead } from "../src/index.ts";
import { outcome } from "./helpers.ts";

interface Caller {
  readonly atMs: number;
  readonly takesMs: number;
  readonly givesUpAfterMs: number;
}

test("never runs too many, keeps the order, loses no slot and leaves nothing behind", async () => {
  const caller = fc.record<Caller>({
    atMs: fc.nat(50),
    takesMs: fc.nat(30),
    givesUpAfterMs: fc.oneof(fc.constant(10_000), fc.nat(30)),
  });
  const limits = fc.record({
    maxConcurrent: fc.integer({ min: 1, max: 4 }),
    maxQueue: fc.nat(6),
    maxWaitMs: fc.oneof(fc.constant(undefined), fc.nat(40)),
  });
  const seen = new Set<string>();
  const property = fc.asyncProperty(
    fc.array(caller, { maxLength: 25 }),
    limits,
    fc.nat(),
    async (callers, config, seed) => {
      const clock = new ManualClock();
      const bulkhead = new Bulkhead({ ...config, clock });
      const random = seededRandom(seed);
      let running = 0;
      const queued: number[] = [];
      const started: number[] = [];
      const results: Promise<unknown>[] = [];
      for (const [index, { atMs, takesMs, givesUpAfterMs }] of callers.entries()) {
        clock.setTimeout(() => {
          const { controller, timer } = givingUp(clock, givesUpAfterMs);
          const before = bulkhead.queued;
          const result = bulkhead.execute(
            async () => {
              started.push(index);
              expect(++running).toBeLessThanOrEqual(config.maxConcurrent);
              try {
                await clock.sleep(takesMs);
                if (random.next() < 0.2) throw new Error("failed");
              } finally {
                running--;
              }
              return "ok";
            },
            { signal: controller.signal },
          );
          if (bulkhead.queued > before) queued.push(index);
          results.push(
            outcome(result).then((end) => {
              timer[Symbol.dispose]();
              const { kind, message } = Object(end) as { kind?: string; message?: string };
              seen.add(kind ?? message ?? String(end));
              return end;
            }),
          );
        }, atMs);
      }
      await clock.advance(10_000);
      const ends = await Promise.all(results);
      expect(ends).toHaveLength(callers.length);
      // Those who waited started in the order in which they came.
      const waited = started.filter((index) => queued.includes(index));
      expect(waited).toEqual(queued.filter((index) => started.includes(index)));
      expect([bulkhead.running, bulkhead.queued, clock.pending]).toEqual([0, 0, 0]);
    },
  );
  await expect(fc.assert(property, { numRuns: 1000 })).resolves.toBeUndefined();
  expect(seen).toEqual(new Set(["ok", "failed", "gave up", "bulkhead-full"]));
}, 30_000);

function givingUp(
  clock: ManualClock,
  afterMs: number,
): { controller: AbortController; timer: Disposable } {
  const controller = new AbortController();
  const timer = clock.setTimeout(() => controller.abort("gave up"), afterMs);
  return { controller, timer };
}
