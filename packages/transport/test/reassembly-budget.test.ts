import fc from "fast-check";
import { expect, test } from "vitest";

import { ReassemblyBudget, type ReassemblyClaim } from "../src/stream/reassembly-budget.ts";

interface Bench {
  readonly budget: ReassemblyBudget;
  readonly log: string[];
  now: number;
  claim(name: string, bytes: number): ReassemblyClaim;
}

/** A budget of 100 bytes with a stall limit of 10 ms on a clock set by hand. */
function bench(): Bench {
  const log: string[] = [];
  const self: Bench = {
    now: 0,
    log,
    budget: new ReassemblyBudget(100, 10, () => self.now),
    claim: (name: string, bytes: number) =>
      self.budget.claim(
        bytes,
        () => log.push(`granted ${name}`),
        () => log.push(`stalled ${name}`),
      ),
  };
  return self;
}

test("grants at once what fits, and counts it", () => {
  const { budget, claim, log } = bench();
  claim("a", 60);
  claim("b", 40);
  expect(log).toEqual(["granted a", "granted b"]);
  expect(budget.freeBytes).toBe(0);
});

test("serves in the order of asking: a small claim does not overtake a large one", () => {
  const { claim, log } = bench();
  const a = claim("a", 60);
  claim("large", 50);
  claim("small", 10);
  expect(log).toEqual(["granted a"]);
  a.release();
  expect(log).toEqual(["granted a", "granted large", "granted small"]);
});

test("a claim that gives its place in the queue back lets the next one through", () => {
  const { claim, log } = bench();
  claim("a", 60);
  const large = claim("large", 50);
  claim("small", 10);
  large.release();
  expect(log).toEqual(["granted a", "granted small"]);
});

test("a share is given back once, however often it is released", () => {
  const { budget, claim } = bench();
  const a = claim("a", 60);
  a.release();
  a.release();
  expect(budget.freeBytes).toBe(100);
});

test("takes a share back after the stall time without progress, and passes it on", () => {
  const bed = bench();
  bed.claim("a", 60);
  bed.claim("b", 60);
  bed.now = 9;
  bed.budget.reclaim();
  expect(bed.log).toEqual(["granted a"]);
  bed.now = 10;
  bed.budget.reclaim();
  expect(bed.log).toEqual(["granted a", "stalled a", "granted b"]);
  expect(bed.budget.freeBytes).toBe(40);
});

test("progress buys the stall time anew", () => {
  const bed = bench();
  const a = bed.claim("a", 60);
  bed.now = 9;
  a.progress();
  bed.now = 18;
  bed.budget.reclaim();
  expect(bed.log).toEqual(["granted a"]);
});

test("a whole message waits for our own application without being blamed", () => {
  const bed = bench();
  bed.claim("a", 60).complete();
  bed.now = 1e9;
  bed.budget.reclaim();
  expect(bed.log).toEqual(["granted a"]);
});

test("a claim that waits is not stalled, and its time starts when it is served", () => {
  const bed = bench();
  const a = bed.claim("a", 60);
  bed.claim("b", 60);
  bed.now = 50;
  a.progress();
  bed.budget.reclaim();
  expect(bed.log).toEqual(["granted a"]);
  a.release();
  bed.now = 59;
  bed.budget.reclaim();
  expect(bed.log).toEqual(["granted a", "granted b"]);
});

test("never gives out more than there is, and all of it comes back", () => {
  const step = fc.record({ release: fc.boolean(), n: fc.integer({ min: 1, max: 100 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const budget = new ReassemblyBudget(100, 10, () => 0);
      const held = new Set<number>();
      const claims: { readonly name: number; readonly claim: ReassemblyClaim; bytes: number }[] =
        [];
      for (const [name, { release, n }] of steps.entries()) {
        if (release) {
          claims.splice(n % Math.max(1, claims.length), 1)[0]?.claim.release();
        } else {
          const granted = (): void => void held.add(name);
          claims.push({ name, bytes: n, claim: budget.claim(n, granted, () => {}) });
        }
        const given = claims.filter((claim) => held.has(claim.name));
        const givenBytes = given.reduce((sum, { bytes }) => sum + bytes, 0);
        expect(givenBytes).toBeLessThanOrEqual(100);
        expect(budget.freeBytes).toBe(100 - givenBytes);
        // Nobody waits behind nobody: the first that waits does not fit.
        const waiting = claims.find((claim) => !held.has(claim.name));
        if (waiting !== undefined) expect(waiting.bytes).toBeGreaterThan(100 - givenBytes);
      }
      for (const { claim } of claims) claim.release();
      expect(budget.freeBytes).toBe(100);
    }),
  );
});
