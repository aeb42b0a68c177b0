import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { CALLERS, steadyCalls } from "../src/steady-calls.ts";

interface Run {
  readonly started: number;
  readonly mostAtOnce: number;
  readonly startedAtHalf: number;
  readonly underWayAtHalf: number;
  readonly durationMs: number;
}

/** Plays a run whose calls take 2 ms each. */
async function play(count: number): Promise<Run> {
  const clock = new ManualClock();
  let [started, underWay, mostAtOnce, startedAtHalf, underWayAtHalf] = [0, 0, 0, 0, 0];
  let isOver = false;
  const run = steadyCalls({
    clock,
    count,
    call: async () => {
      started++;
      mostAtOnce = Math.max(mostAtOnce, ++underWay);
      await clock.sleep(2);
      underWay--;
    },
    onHalf: () => {
      [startedAtHalf, underWayAtHalf] = [started, underWay];
    },
  }).then(() => {
    isOver = true;
  });
  const from = clock.now();
  await clock.runUntil(() => isOver);
  await run;
  return { started, mostAtOnce, startedAtHalf, underWayAtHalf, durationMs: clock.now() - from };
}

describe("steadyCalls", () => {
  test("makes as many calls as asked for, several at once", async () => {
    const run = await play(402);
    expect(run.started).toBe(402);
    expect(run.mostAtOnce).toBe(CALLERS);
  });

  test("tells when half of the calls are made, while the last of them is under way", async () => {
    const run = await play(402);
    expect(run.startedAtHalf).toBe(201);
    expect(run.underWayAtHalf).toBeGreaterThanOrEqual(1);
  });

  test("spreads few calls over a second", async () => {
    const run = await play(18);
    expect(run.started).toBe(18);
    expect(run.durationMs).toBeGreaterThanOrEqual(1_000);
  });
});
