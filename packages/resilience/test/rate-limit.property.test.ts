import { ManualClock } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import { rateLimit } from "../src/index.ts";
import { outcome } from "./helpers.ts";

/** A leaky bucket, poured out by hand: the plain way to say the same. */
class Bucket {
  readonly #burst: number;
  readonly #perMs: number;
  #level = 0;
  #at = 0;

  constructor(burst: number, perMs: number) {
    this.#burst = burst;
    this.#perMs = perMs;
  }

  /** Room for so many calls, with fractions. */
  room(now: number): number {
    this.#level = Math.max(0, this.#level - (now - this.#at) * this.#perMs);
    this.#at = now;
    return this.#burst - this.#level;
  }

  admits(now: number): boolean {
    if (this.room(now) < 1 - 1e-6) return false;
    this.#level++;
    return true;
  }
}

const limits = fc.record({
  limit: fc.integer({ min: 1, max: 10 }),
  perMs: fc.integer({ min: 1, max: 1000 }),
  burst: fc.integer({ min: 1, max: 10 }),
});

test("without a queue admits what a leaky bucket admits", () => {
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(limits, fc.array(fc.nat(300), { maxLength: 60 }), (config, pauses) => {
      let now = 0;
      const clock = Object.assign(new ManualClock(), { now: () => now });
      const limiter = rateLimit({ ...config, clock });
      const bucket = new Bucket(config.burst, config.limit / config.perMs);
      for (const pause of pauses) {
        now += pause;
        const admitted = limiter.take() === 0;
        seen.add(admitted);
        expect(admitted).toBe(bucket.admits(now));
      }
    }),
    { numRuns: 1000 },
  );
  expect(seen).toEqual(new Set([true, false]));
});

test("with a queue no stretch of time sees more than its rate and one burst, and nobody waits in vain", async () => {
  const calls = fc.array(
    fc.record({ pauseMs: fc.nat(60), givesUpAfterMs: fc.oneof(fc.constant(1e6), fc.nat(200)) }),
    { maxLength: 25 },
  );
  const property = fc.asyncProperty(limits, calls, async (config, callers) => {
    const clock = new ManualClock();
    const limiter = rateLimit({ ...config, maxQueue: 100, clock });
    const started: number[] = [];
    const order: number[] = [];
    const askedAt: number[] = [];
    let asked = 0;
    const results: Promise<unknown>[] = [];
    for (const [index, { pauseMs, givesUpAfterMs }] of callers.entries()) {
      asked += pauseMs;
      askedAt.push(asked);
      clock.setTimeout(() => {
        const controller = new AbortController();
        clock.setTimeout(() => controller.abort("gave up"), givesUpAfterMs);
        const fn = (): void => {
          started.push(clock.now());
          order.push(index);
        };
        results.push(outcome(limiter.execute(fn, { signal: controller.signal })));
      }, asked);
    }
    await clock.advance(1e7);
    const ends = await Promise.all(results);
    expect(started).toHaveLength(ends.filter((end) => end === undefined).length);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    const intervalMs = config.perMs / config.limit;
    const bucket = new Bucket(config.burst, config.limit / config.perMs);
    for (const [i, at] of started.entries()) {
      // Who had to wait started as soon as there was room for one.
      if (at > (askedAt[order[i] ?? 0] ?? 0)) expect(bucket.room(at)).toBeCloseTo(1, 3);
      expect(bucket.admits(at)).toBe(true);
    }
    for (const [i, from] of started.entries()) {
      const to = started[i + config.burst];
      if (to !== undefined) expect(to - from).toBeGreaterThan(intervalMs - 0.01);
      for (let j = i; j < started.length; j++) {
        const allowed = config.burst + ((started[j] ?? 0) - from) / intervalMs;
        expect(j - i + 1).toBeLessThanOrEqual(allowed + 0.01);
      }
    }
    expect([limiter.queued, clock.pending]).toEqual([0, 0]);
  });
  await expect(fc.assert(property, { numRuns: 1000 })).resolves.toBeUndefined();
}, 30_000);
