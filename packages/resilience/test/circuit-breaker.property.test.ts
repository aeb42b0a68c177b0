import { ManualClock } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import { CircuitBreaker, ResilienceError, type BreakerLease } from "../src/index.ts";
import { always } from "./helpers.ts";

const FAILURES = 3;
const SUCCESSES = 2;
const RESET_MS = 1000;
const MAX_RESET_MS = 4000;

/** The rules written down once more, with one number per admission instead of generations. */
class Model {
  now = 0;
  state: "closed" | "open" | "half-open" = "closed";
  failures = 0;
  successes = 0;
  until = 0;
  openMs = 0;
  openings = 0;
  calmAt = Number.NEGATIVE_INFINITY;
  probe: { id: number; until: number } | undefined;
  /** Admissions whose word still counts. */
  live = new Set<number>();

  admit(id: number): "call" | "probe" | "refused" {
    if (this.probe !== undefined && this.now >= this.probe.until) this.failed();
    if (this.state === "open" && this.now >= this.until) {
      this.enter("half-open");
      this.successes = 0;
    }
    if (this.state === "open" || this.probe !== undefined) return "refused";
    this.live.add(id);
    if (this.state === "closed") return "call";
    this.probe = { id, until: this.now + this.openMs };
    return "probe";
  }

  settle(id: number, word: "success" | "failure" | "release"): void {
    if (!this.live.delete(id)) return;
    this.probe = undefined;
    if (word === "failure") this.failed();
    if (word === "success" && this.state === "closed") this.failures = 0;
    if (word === "success" && this.state === "half-open" && ++this.successes === SUCCESSES) {
      this.enter("closed");
      this.calmAt = this.now + this.openMs;
    }
  }

  failed(): void {
    if (this.state === "closed" && ++this.failures < FAILURES) return;
    this.openings = this.state === "closed" && this.now >= this.calmAt ? 1 : this.openings + 1;
    this.openMs = Math.min(RESET_MS * 2 ** (this.openings - 1), MAX_RESET_MS);
    this.enter("open");
    this.until = this.now + this.openMs;
  }

  reset(): void {
    this.enter("closed");
    this.openings = 0;
    this.calmAt = Number.NEGATIVE_INFINITY;
  }

  enter(state: Model["state"]): void {
    this.state = state;
    this.failures = 0;
    this.probe = undefined;
    this.live.clear();
  }
}

interface Real {
  readonly clock: ManualClock;
  readonly breaker: CircuitBreaker;
  readonly leases: Map<number, BreakerLease>;
}

type Command = fc.AsyncCommand<Model, Real>;

function compare(model: Model, { breaker }: Real): void {
  expect(breaker.state).toBe(model.state);
  const until = model.state === "open" ? model.until : (model.probe?.until ?? 0);
  expect(breaker.retryAfterMs).toBe(Math.max(0, until - model.now));
}

let ids = 0;

const admit = (): Command => ({
  check: () => true,
  toString: () => "admit",
  run: async (model, real) => {
    const id = ids++;
    const expected = model.admit(id);
    try {
      const lease = real.breaker.admit();
      real.leases.set(id, lease);
      expect(lease.isProbe ? "probe" : "call").toBe(expected);
    } catch (error) {
      if (!(error instanceof ResilienceError)) throw error;
      expect(error.kind).toBe("circuit-open");
      expect(expected).toBe("refused");
    }
    await Promise.resolve();
    compare(model, real);
  },
});

/** `which` counts back from the newest admission. */
const settle = (which: number, word: "success" | "failure" | "release"): Command => ({
  check: () => true,
  toString: () => `${word}(${which})`,
  run: async (model, real) => {
    const all = [...real.leases];
    const [id, lease] = all.at(-1 - which) ?? [];
    if (id === undefined || lease === undefined) return;
    model.settle(id, word);
    lease[word]();
    await Promise.resolve();
    compare(model, real);
  },
});

const advance = (ms: number): Command => ({
  check: () => true,
  toString: () => `advance(${ms})`,
  run: async (model, real) => {
    model.now += ms;
    await real.clock.advance(ms);
    compare(model, real);
  },
});

const reset = (): Command => ({
  check: () => true,
  toString: () => "reset",
  run: async (model, real) => {
    model.reset();
    real.breaker.reset();
    await Promise.resolve();
    compare(model, real);
  },
});

test("keeps its rules under any sequence of calls, results, late results and time", async () => {
  const settlement = fc
    .tuple(fc.nat(6), fc.constantFrom("success", "failure", "failure", "failure", "release"))
    .map(([which, word]) => settle(which, word));
  const steps = fc.commands(
    [
      fc.constant(admit()),
      fc.constant(admit()),
      settlement,
      settlement,
      settlement,
      fc.constantFrom(1, 500, 1000, 2000, 4000).map(advance),
      fc.nat(3).map((n) => (n === 0 ? reset() : admit())),
    ],
    { maxCommands: 80, size: "max" },
  );
  const seen = new Set<string>();
  const property = fc.asyncProperty(steps, async (commands) => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({
      failureThreshold: FAILURES,
      successThreshold: SUCCESSES,
      resetAfterMs: RESET_MS,
      maxResetAfterMs: MAX_RESET_MS,
      clock,
      random: always(0.5),
    });
    breaker.onTransition(({ from, to }) => seen.add(`${from} > ${to}`));
    const real: Real = { clock, breaker, leases: new Map() };
    await fc.asyncModelRun(() => ({ model: new Model(), real }), commands);
    expect(clock.pending).toBe(0);
  });
  await expect(fc.assert(property, { numRuns: 300 })).resolves.toBeUndefined();
  // The run has been everywhere, or it showed nothing.
  expect(seen).toEqual(
    new Set([
      "closed > open",
      "open > half-open",
      "half-open > open",
      "half-open > closed",
      "open > closed",
    ]),
  );
});
