import { ManualClock } from "@selvage/testing";
import { expect, test } from "vitest";

import { type Wanted, whileWanted } from "../src/server/while-wanted.ts";

function bench(): { readonly clock: ManualClock; readonly wanted: Wanted; fail(): void } {
  const clock = new ManualClock();
  const failed: (() => void)[] = [];
  const stream: Wanted["stream"] = { onFailure: (fn) => void failed.push(fn as () => void) };
  return {
    clock,
    wanted: { stream, clock, remainingMs: () => 1_000 },
    fail: () => failed.forEach((fn) => fn()),
  };
}

const never = new Promise<never>(() => {});

test("who waits for what never comes leaves no timer behind when the caller is gone", async () => {
  const { clock, wanted, fail } = bench();
  const outcome = whileWanted(wanted, never);
  expect(clock.pending).toBe(1);
  fail();
  expect([await outcome, clock.pending]).toEqual(["gone", 0]);
});

test("waiting ends with what is waited for, or at the deadline", async () => {
  const { clock, wanted } = bench();
  expect(await whileWanted(wanted, Promise.resolve("here"))).toBe("here");
  await Promise.resolve();
  expect(clock.pending).toBe(0);
  const late = whileWanted(wanted, never);
  await clock.advance(1_000);
  expect([await late, clock.pending]).toEqual(["timeout", 0]);
});
