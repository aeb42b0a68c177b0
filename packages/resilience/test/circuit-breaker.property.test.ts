import { ManualClock } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import {
  CircuitBreaker,
  ResilienceError,
  type BreakerLease,
  type BreakerTrip,
} from "../src/index.ts";
import { always } from "./helpers.ts";

const SUCCESSES = 2;
const RESET_MS = 1000;
const MAX_RESET_MS = 4000;
const SLOW_MS = 600;

/** Whether a breaker opens, from the list of all calls since it closed, the newest last. */
interface Rule {
  readonly trip: BreakerTrip;
  opens(calls: readonly Call[], now: number): boolean;
}

interface Call {
  readonly at: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

const share = (calls: readonly Call[], what: "failed" | "slow"): number =>
  calls.filter((call) => call[what]).length / calls.length;

const rules: Readonly<Record<string, Rule>> = {
  consecutive: {
    trip: { failures: 3 },
    opens: (calls) => {
      const last = calls.slice(-3);
      return last.length === 3 && (share(last, "failed") === 1 || share(last, "slow") === 1);
    },
  },
  count: {
    trip: { calls: 6, failureRate: 0.5, slowRate: 0.7, minimumCalls: 4 },
    opens: (calls) => {
      const last = calls.slice(-6);
      return last.length >= 4 && (share(last, "failed") >= 0.5 || share(last, "slow") >= 0.7);
    },
  },
  sampling: {
    trip: { durationMs: 5000, failureRate: 0.5, slowRate: 0.7, minimumCalls: 4 },
    opens: (calls, now) => {
      const slot = (at: number): number => Math.floor(at / 500);
      const last = calls.filter(({ at }) => slot(at) > slot(now) - 10);
      return last.length >= 4 && (share(last, "failed") >= 0.5 || share(last, "slow") >= 0.7);
    },
  },
};

/** The rules written down once more, with a list of calls and one number per admission. */
class Model {
  readonly rule: Rule;
  now = 0;
  state: "closed" | "open" | "half-open" | "isolated" = "closed";
  calls: Call[] = [];
  successes = 0;
  until = 0;
  openMs = 0;
  openings = 0;
  calmAt = Number.NEGATIVE_INFINITY;
  probe: { id: number; until: number } | undefined;
  /** Admissions whose word still counts, and when they were made. */
  live = new Map<number, number>();

  constructor(rule: Rule) {
    this.rule = rule;
  }

  admit(id: number): "call" | "probe" | "refused" {
    this.endLostProbe();
    if (this.state === "open" && this.now >= this.until) {
      this.enter("half-open");
      this.successes = 0;
    }
    if (this.state === "open" || this.state === "isolated" || this.probe !== undefined) {
      return "refused";
    }
    this.live.set(id, this.now);
    if (this.state === "closed") return "call";
    this.probe = { id, until: this.now + this.openMs };
    return "probe";
  }

  endLostProbe(): void {
    if (this.probe !== undefined && this.now >= this.probe.until) this.trip();
  }

  settle(id: number, word: "success" | "failure" | "release"): void {
    const admittedAt = this.live.get(id);
    if (admittedAt === undefined) return;
    this.live.delete(id);
    this.probe = undefined;
    if (word === "release") return;
    const failed = word === "failure";
    const slow = this.now - admittedAt > SLOW_MS;
    if (this.state === "closed") {
      this.calls.push({ at: this.now, failed, slow });
      if ((failed || slow) && this.rule.opens(this.calls, this.now)) this.trip();
    } else if (failed || slow) {
      this.trip();
    } else if (++this.successes === SUCCESSES) {
      this.enter("closed");
      this.calmAt = this.now + this.openMs;
    }
  }

  trip(): void {
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

  /** The process ends and another takes over from a snapshot. */
  restart(): void {
    const { calls } = this;
    if (this.state === "half-open") this.until = this.now;
    this.enter(this.state === "half-open" ? "open" : this.state);
    if (this.state === "closed") this.calls = calls;
    if (this.state === "closed") this.calmAt = Math.max(this.now, this.calmAt);
  }

  enter(state: Model["state"]): void {
    this.state = state;
    this.calls = [];
    this.probe = undefined;
    this.live.clear();
  }
}

interface Real {
  readonly clock: ManualClock;
  readonly make: () => CircuitBreaker;
  breaker: CircuitBreaker;
  readonly leases: Map<number, BreakerLease>;
}

type Command = fc.AsyncCommand<Model, Real>;

function compare(model: Model, { breaker }: Real): void {
  expect(breaker.state).toBe(model.state);
  // Whoever asks when a call may be made is not told that it may now, and refused then.
  model.endLostProbe();
  const until = {
    closed: 0,
    open: model.until,
    "half-open": model.probe?.until ?? 0,
    isolated: Number.POSITIVE_INFINITY,
  }[model.state];
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

const byHand = (what: "reset" | "isolate"): Command => ({
  check: () => true,
  toString: () => what,
  run: async (model, real) => {
    if (what === "reset") model.reset();
    else model.enter("isolated");
    real.breaker[what]();
    await Promise.resolve();
    compare(model, real);
  },
});

const restart = (): Command => ({
  check: () => true,
  toString: () => "restart",
  run: async (model, real) => {
    model.restart();
    const snapshot = JSON.stringify(real.breaker.snapshot());
    real.breaker = real.make();
    real.breaker.restore(JSON.parse(snapshot));
    await Promise.resolve();
    compare(model, real);
  },
});

test.each(Object.entries(rules))(
  "the %s rule holds under any sequence of calls, results, late results, restarts and time",
  async (_, rule) => {
    const word = fc.constantFrom("success", "success", "failure", "failure", "failure", "release");
    const settlement = fc.tuple(fc.nat(6), word).map(([which, word]) => settle(which, word));
    const rare = fc
      .nat(5)
      .map((n) => [byHand("reset"), byHand("isolate"), restart()][n] ?? admit());
    const steps = fc.commands(
      [
        fc.constant(admit()),
        fc.constant(admit()),
        settlement,
        settlement,
        settlement,
        fc.constantFrom(1, 250, 500, 1000, 2000, 4000).map(advance),
        rare,
      ],
      { maxCommands: 60, size: "max" },
    );
    const seen = new Set<string>();
    const property = fc.asyncProperty(steps, async (commands) => {
      const clock = new ManualClock();
      const make = (): CircuitBreaker => {
        const breaker = new CircuitBreaker({
          trip: rule.trip,
          slowCallMs: SLOW_MS,
          successThreshold: SUCCESSES,
          resetAfterMs: RESET_MS,
          maxResetAfterMs: MAX_RESET_MS,
          clock,
          random: always(0.5),
        });
        breaker.onEvent((event) => {
          seen.add(event.type === "transition" ? `${event.from} > ${event.to}` : event.type);
        });
        return breaker;
      };
      const real: Real = { clock, make, breaker: make(), leases: new Map() };
      await fc.asyncModelRun(() => ({ model: new Model(rule), real }), commands);
      expect(clock.pending).toBe(0);
    });
    await expect(fc.assert(property, { numRuns: 1000 })).resolves.toBeUndefined();
    // The run has been everywhere, or it showed nothing.
    for (const step of [
      "refused",
      "closed > open",
      "open > half-open",
      "half-open > open",
      "half-open > closed",
      "open > closed",
      "closed > isolated",
      "isolated > closed",
    ]) {
      expect(seen).toContain(step);
    }
  },
  30_000,
);
