import { ManualClock, seededRandom } from "@selvage/testing";
import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  CountBreaker,
  decorrelatedJitterGenerator,
  ExponentialBackoff,
  handleAll,
  noJitterGenerator,
  retry as cockatielRetry,
  timeout as cockatielTimeout,
  TimeoutStrategy,
  type IBreaker,
} from "cockatiel";
import fc from "fast-check";
import Opossum from "opossum";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import {
  Bulkhead,
  CircuitBreaker,
  createBackoff,
  retry,
  timeout,
  type BreakerTrip,
} from "../src/index.ts";
import { always, outcome } from "./helpers.ts";

/*
 * Where semantics must agree, ours and a peer go through the same thousand seeded stories, ours in
 * virtual time, theirs on faked timers that advance in step.
 */

const RUNS = { numRuns: 1000 };

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval"],
  });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Time for both. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await clock.advance(ms);
}

describe("breakers, call after call", () => {
  const RESET_MS = 1000;
  const story = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.boolean() },
      { weight: 1, arbitrary: fc.constantFrom(1, 400, 1000, 3000) },
    ),
    { minLength: 1, maxLength: 60 },
  );

  test.each<[string, () => IBreaker, BreakerTrip]>([
    ["consecutive", () => new ConsecutiveBreaker(3), { failures: 3 }],
    // Theirs opens above its threshold, ours at it: so one that no share can meet exactly.
    [
      "count-based",
      () => new CountBreaker({ threshold: 0.45, size: 10, minimumNumberOfCalls: 4 }),
      { calls: 10, failureRate: 0.45, minimumCalls: 4 },
    ],
  ])(
    "a %s one lets the same calls through as cockatiel's",
    async (_, makeBreaker, trip) => {
      const seen = new Set<unknown>();
      const property = fc.asyncProperty(story, async (steps) => {
        const clock = new ManualClock();
        const theirs = circuitBreaker(handleAll, {
          halfOpenAfter: RESET_MS,
          breaker: makeBreaker(),
        });
        const ours = new CircuitBreaker({
          trip,
          resetAfterMs: RESET_MS,
          maxResetAfterMs: RESET_MS,
          clock,
          random: always(0.5),
        });
        let recovered = false;
        ours.onEvent((event) => {
          if (event.type === "transition" && event.to === "closed") recovered = true;
        });
        for (const step of steps) {
          // Theirs puts the good probe into its window, ours begins with an empty one.
          if (recovered && trip.calls !== undefined) break;
          if (typeof step === "number") {
            await pass(clock, step);
            continue;
          }
          const made: string[] = [];
          const call = (who: string) => (): string => {
            made.push(who);
            if (!step) throw new Error("failed");
            return "ok";
          };
          await outcome(theirs.execute(call("called")));
          await outcome(ours.execute(call("called")));
          expect(made.length % 2).toBe(0);
          seen.add(made.length);
        }
      });
      await expect(fc.assert(property, RUNS)).resolves.toBeUndefined();
      expect(seen).toEqual(new Set([0, 2]));
    },
    30_000,
  );

  test("a count-based one opens at the same failure as an opossum, and its probe decides alike", async () => {
    const seen = new Set<string>();
    const property = fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      async (calls, minimumCalls, probeIsGood) => {
        const clock = new ManualClock();
        const theirs = new Opossum(
          (ok: boolean) => (ok ? Promise.resolve() : Promise.reject(new Error())),
          {
            timeout: false,
            rollingCountTimeout: 1e9,
            errorThresholdPercentage: 50,
            volumeThreshold: minimumCalls,
            resetTimeout: RESET_MS,
          },
        );
        const ours = new CircuitBreaker({
          // Theirs opens above half.
          trip: { calls: 100, failureRate: 0.500001, minimumCalls },
          resetAfterMs: RESET_MS,
          clock,
          random: always(0.5),
        });
        const fire = async (ok: boolean): Promise<void> => {
          await outcome(theirs.fire(ok));
          await outcome(ours.execute(() => (ok ? "ok" : Promise.reject(new Error()))));
          expect(ours.state).toBe(
            theirs.opened ? "open" : theirs.halfOpen ? "half-open" : "closed",
          );
        };
        for (const ok of calls) {
          if (ours.state === "closed") await fire(ok);
        }
        if (ours.state === "open") {
          await pass(clock, RESET_MS);
          await fire(probeIsGood);
        }
        seen.add(ours.state);
        theirs.shutdown();
      },
    );
    await expect(fc.assert(property, RUNS)).resolves.toBeUndefined();
    expect(seen).toEqual(new Set(["open", "closed"]));
  }, 30_000);
});

test("retries come at the same times as cockatiel's", async () => {
  const property = fc.asyncProperty(
    fc.nat(6),
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 1, max: 2000 }),
    async (failures, maxAttempts, initialBackoffMs, maxBackoffMs) => {
      const clock = new ManualClock();
      const startedAt = Date.now();
      const times: { theirs: number[]; ours: number[] } = { theirs: [], ours: [] };
      const failing = (into: number[], now: () => number) => (): string => {
        into.push(now());
        if (into.length <= failures) throw new Error(`failure ${into.length}`);
        return "ok";
      };
      const backoff = new ExponentialBackoff({
        generator: noJitterGenerator,
        initialDelay: initialBackoffMs,
        maxDelay: maxBackoffMs,
      });
      const theirs = outcome(
        cockatielRetry(handleAll, { maxAttempts: maxAttempts - 1, backoff }).execute(
          failing(times.theirs, () => Date.now() - startedAt),
        ),
      );
      const ours = outcome(
        retry({ maxAttempts, initialBackoffMs, maxBackoffMs, jitter: "none", clock }).execute(
          failing(times.ours, () => clock.now()),
        ),
      );
      await pass(clock, 20_000);
      expect(String(await ours)).toBe(String(await theirs));
      expect(times.ours).toEqual(times.theirs);
    },
  );
  await expect(fc.assert(property, RUNS)).resolves.toBeUndefined();
}, 60_000);

test("decorrelated waits are cockatiel's, but for the floor", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 500 }), (seed, initial) => {
      const drawn = seededRandom(seed);
      const draws = vi.spyOn(Math, "random").mockImplementation(() => drawn.next());
      const options = { exponent: 2, initialDelay: initial, maxDelay: 30_000 } as const;
      const ours = createBackoff({
        jitter: "decorrelated",
        initialBackoffMs: initial,
        maxBackoffMs: 30_000,
        random: seededRandom(seed),
      });
      let state: Parameters<typeof decorrelatedJitterGenerator>[0];
      for (let attempt = 0; attempt < 30; attempt++) {
        const [theirs, next] = decorrelatedJitterGenerator(state, {
          ...options,
          generator: decorrelatedJitterGenerator,
        });
        state = next;
        expect(ours()).toBeCloseTo(Math.max(theirs, Math.min(initial / 4, 30_000)), 6);
      }
      draws.mockRestore();
    }),
    RUNS,
  );
});

test("a bulkhead starts the same calls at the same times as cockatiel's", async () => {
  // Calls come at even milliseconds and end at odd ones, so that none do both at once.
  const caller = fc.record({ pause: fc.nat(20), takes: fc.nat(30) });
  const seen = new Set<string>();
  const property = fc.asyncProperty(
    fc.array(caller, { maxLength: 20 }),
    fc.integer({ min: 1, max: 4 }),
    fc.nat(5),
    async (callers, maxConcurrent, maxQueue) => {
      const clock = new ManualClock();
      const startedAt = Date.now();
      const theirs = bulkhead(maxConcurrent, maxQueue);
      const ours = new Bulkhead({ maxConcurrent, maxQueue, clock });
      const log: Record<"theirs" | "ours", string[]> = { theirs: [], ours: [] };
      let at = 0;
      for (const [index, { pause, takes }] of callers.entries()) {
        at += 2 * pause;
        const ms = 2 * takes + 1 + (at % 2);
        setTimeout(() => {
          const work = async (): Promise<void> => {
            log.theirs.push(`${index} at ${Date.now() - startedAt}`);
            await new Promise((resolve) => setTimeout(resolve, ms));
          };
          theirs.execute(work).catch(() => log.theirs.push(`${index} refused`));
        }, at);
        clock.setTimeout(() => {
          const work = async (): Promise<void> => {
            log.ours.push(`${index} at ${clock.now()}`);
            await clock.sleep(ms);
          };
          ours.execute(work).catch(() => log.ours.push(`${index} refused`));
        }, at);
      }
      await pass(clock, 3000);
      expect(log.ours).toEqual(log.theirs);
      for (const line of log.ours) seen.add(line.endsWith("refused") ? "refused" : "started");
    },
  );
  await expect(fc.assert(property, RUNS)).resolves.toBeUndefined();
  expect(seen).toEqual(new Set(["started", "refused"]));
}, 60_000);

test("a timeout ends the same calls as cockatiel's", async () => {
  const property = fc.asyncProperty(fc.nat(100), fc.nat(100), async (takes, limit) => {
    fc.pre(takes !== limit);
    const clock = new ManualClock();
    const theirs = outcome(
      cockatielTimeout(limit, TimeoutStrategy.Aggressive).execute(
        () => new Promise((resolve) => setTimeout(resolve, takes, "ok")),
      ),
    );
    const ours = outcome(
      timeout(limit, { clock }).execute(() => clock.sleep(takes).then(() => "ok")),
    );
    await pass(clock, 200);
    expect((await ours) === "ok").toBe((await theirs) === "ok");
  });
  await expect(fc.assert(property, RUNS)).resolves.toBeUndefined();
}, 30_000);
