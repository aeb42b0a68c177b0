import { createSimulation } from "@selvage/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { MemoryReplayStore, type ReplayClaim } from "../src/index.ts";

const TTL_MS = 1_000;
const MAX_ENTRIES = 4;

/** What the store should know of an id. */
interface Known {
  readonly digest: string;
  answer: Uint8Array | undefined;
  completedAt: number | undefined;
}

type Step =
  | { readonly type: "claim"; readonly id: string; readonly digest: string }
  | { readonly type: "complete" | "release"; readonly nth: number }
  | { readonly type: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant("claim" as const),
    id: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    digest: fc.constantFrom("x", "y"),
  }),
  fc.record({ type: fc.constantFrom("complete" as const, "release" as const), nth: fc.nat(9) }),
  fc.record({ type: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 700 }) }),
);

/** What a claim should be told, after everything that has expired is gone. */
function expected(known: Map<string, Known>, id: string, digest: string, now: number): string {
  for (const [other, { completedAt }] of known) {
    if (completedAt !== undefined && completedAt + TTL_MS <= now) known.delete(other);
  }
  const entry = known.get(id);
  if (entry === undefined) return known.size < MAX_ENTRIES ? "claimed" : "full";
  if (entry.digest !== digest) return "mismatch";
  return entry.completedAt === undefined ? "running" : "completed";
}

test("the store says what a plain list would, and never forgets before its time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const sim = createSimulation({ seed: 1 });
      const { clock } = sim.node("store");
      const store = new MemoryReplayStore({ clock, ttlMs: TTL_MS, maxEntries: MAX_ENTRIES });
      const known = new Map<string, Known>();
      const open: { readonly id: string; readonly claim: ReplayClaim; readonly entry: Known }[] =
        [];
      let serial = 0;
      for (const one of steps) {
        if (one.type === "wait") await sim.runFor(one.ms);
        else if (one.type === "claim") {
          const claim = store.claim(one.id, one.digest);
          expect(claim.state).toBe(expected(known, one.id, one.digest, clock.now()));
          if (claim.state === "completed") expect(claim.answer).toBe(known.get(one.id)?.answer);
          if (claim.state !== "claimed") continue;
          const entry = { digest: one.digest, answer: undefined, completedAt: undefined };
          known.set(one.id, entry);
          open.push({ id: one.id, claim, entry });
        } else {
          const [found] = open.splice(one.nth % Math.max(1, open.length), 1);
          if (found?.claim.state !== "claimed") continue;
          if (one.type === "release") {
            await found.claim.release();
            known.delete(found.id);
          } else {
            const answer = new Uint8Array([serial++ % 256]);
            await found.claim.complete(answer);
            Object.assign(found.entry, { answer, completedAt: clock.now() });
          }
        }
        expect(store.stats().entries).toBeLessThanOrEqual(MAX_ENTRIES);
      }
    }),
    { numRuns: 300 },
  );
});

describe("a store", () => {
  const clock = createSimulation({ seed: 1 }).node("store").clock;

  test("gives back the bytes of what is released, and counts none twice", () => {
    const store = new MemoryReplayStore({ clock });
    for (let i = 0; i < 3; i++) {
      const claim = store.claim("id", "x");
      if (claim.state !== "claimed") throw new Error(`it is ${claim.state}`);
      void claim.release();
      void claim.release();
      void claim.complete(new Uint8Array(9));
    }
    expect(store.stats()).toEqual({ entries: 0, bytes: 0 });
  });

  test("stays within its bytes: what does not fit is forgotten, but not repeated", () => {
    const store = new MemoryReplayStore({ clock, maxBytes: 100 });
    const claim = store.claim("id", "x");
    if (claim.state === "claimed") void claim.complete(new Uint8Array(97));
    expect(store.stats()).toEqual({ entries: 1, bytes: 4 });
    expect(store.claim("id", "x")).toEqual({ state: "forgotten" });
    expect(store.claim("id", "y")).toEqual({ state: "mismatch" });
    expect(store.claim("k".repeat(49), "x")).toEqual({ state: "full" });
  });

  test.each(["ttlMs", "maxEntries", "maxBytes"])("without %s is a mistake", (bound) => {
    for (const value of [0, -1, Number.NaN]) {
      expect(() => new MemoryReplayStore({ clock, [bound]: value })).toThrow(
        new RangeError(`${bound} must be above 0, got ${value}`),
      );
    }
  });
});
