import type { NodeId } from "@selvage/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { ReassemblyBudget, type ReassemblyClaim } from "../src/stream/reassembly-budget.ts";

interface Bench {
  readonly budget: ReassemblyBudget;
  readonly log: string[];
  now: number;
  claim(name: string, bytes: number): ReassemblyClaim;
}

/**
 * A budget of 100 bytes with a stall limit of 10 ms on a clock set by hand. Claims are named after
 * the node that they are for, and a number if it has several.
 */
function bench(): Bench {
  const log: string[] = [];
  const self: Bench = {
    now: 0,
    log,
    budget: new ReassemblyBudget(100, 10, () => self.now),
    claim: (name: string, bytes: number) =>
      self.budget.claim(
        name.replace(/\d/, "") as NodeId,
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
  const a = bed.claim("a", 64);
  bed.now = 9;
  a.progress(1);
  a.progress(1);
  bed.now = 18;
  bed.budget.reclaim();
  expect(bed.log).toEqual(["granted a"]);
});

test("a message that arrives in drops loses its share all the same", () => {
  const bed = bench();
  const a = bed.claim("a", 96);
  for (bed.now = 1; bed.now < 10; bed.now += 4) a.progress(1);
  bed.now = 18;
  bed.budget.reclaim();
  expect(bed.log).toEqual(["granted a"]);
  a.progress(2);
  bed.now = 19;
  bed.budget.reclaim();
  expect(bed.log).toEqual(["granted a", "stalled a"]);
});

test("however little at a time arrives, a message is whole or given up in bounded time", () => {
  const bed = bench();
  let missing = 96;
  const slow = bed.claim("slow", missing);
  bed.claim("next", 96);
  // As late and as little as it may be.
  for (; missing > 0 && bed.log.length === 1; missing -= 3) {
    bed.now += 9;
    slow.progress(3);
    bed.budget.reclaim();
  }
  expect([missing, bed.now, bed.log]).toEqual([0, 32 * 9, ["granted slow"]]);
  bed.now += 10;
  bed.budget.reclaim();
  expect(bed.log).toEqual(["granted slow", "stalled slow", "granted next"]);
});

test("nodes take turns, and each is served in the order of its asking", () => {
  const { claim, log } = bench();
  const first = claim("a0", 40);
  claim("b0", 60);
  for (const name of ["a1", "a2", "a3", "c1", "c2"]) claim(name, 10);
  expect(log).toEqual(["granted a0", "granted b0"]);
  first.release();
  expect(log.slice(2)).toEqual(["granted a1", "granted c1", "granted a2", "granted c2"]);
});

test("no node holds more than half of it, so that others need not wait", () => {
  const { budget, claim, log } = bench();
  const first = claim("a1", 30);
  claim("a2", 30);
  claim("a3", 10);
  expect([log, budget.freeBytes]).toEqual([["granted a1"], 70]);
  claim("b1", 50);
  expect(log).toEqual(["granted a1", "granted b1"]);
  first.release();
  expect(log.slice(2)).toEqual(["granted a2", "granted a3"]);
});

test("a single message may be larger than the part of one node", () => {
  const { claim, log } = bench();
  claim("a1", 90);
  claim("a2", 5);
  claim("b1", 5);
  expect(log).toEqual(["granted a1", "granted b1"]);
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
  a.complete();
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
          const node = `node ${name}` as NodeId;
          claims.push({ name, bytes: n, claim: budget.claim(node, n, granted, () => {}) });
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
