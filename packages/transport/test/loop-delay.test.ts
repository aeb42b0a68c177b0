import { ManualClock } from "@selvage/testing";
import { expect, test } from "vitest";

import { LoopDelay } from "../src/session/loop-delay.ts";

/** A clock whose present can jump without its timers running, as that of a busy process does. */
class StallingClock extends ManualClock {
  #lead = 0;

  override now(): number {
    return super.now() + this.#lead;
  }

  stall(ms: number): void {
    this.#lead += ms;
  }
}

function watched(): {
  readonly clock: StallingClock;
  readonly loop: LoopDelay;
  readonly lags: number[];
} {
  const clock = new StallingClock();
  const lags: number[] = [];
  const loop = new LoopDelay(clock, (lagMs) => lags.push(lagMs));
  loop.start();
  return { clock, loop, lags };
}

test("looks every 25 ms and sees no delay where there is none", async () => {
  const { clock, loop, lags } = watched();
  await clock.advance(100);
  expect(lags).toEqual([0, 0, 0, 0]);
  expect([loop.recentMs(), loop.lagMs()]).toEqual([0, 0]);
});

test("shows how overdue the next look is, before it comes", async () => {
  const { clock, loop, lags } = watched();
  clock.stall(85);
  expect(loop.lagMs()).toBe(60);
  await clock.advance(25);
  expect(lags).toEqual([85]);
});

test("a delay counts as recent for half a second at least, and no longer than a second", async () => {
  const { clock, loop } = watched();
  for (const ms of [80, 70]) {
    await clock.advance(25);
    clock.stall(ms);
    await clock.advance(25);
  }
  expect(loop.recentMs()).toBe(70);
  await clock.advance(400);
  expect(loop.recentMs()).toBe(70);
  await clock.advance(550);
  expect(loop.recentMs()).toBe(0);
});

test("one standstill is no pace", async () => {
  const { clock, loop } = watched();
  clock.stall(2_000);
  await clock.advance(50);
  expect(loop.recentMs()).toBe(0);
});

test("of several delays the second largest counts", async () => {
  const { clock, loop } = watched();
  for (const ms of [10, 60, 20]) {
    clock.stall(ms);
    await clock.advance(25);
  }
  expect(loop.recentMs()).toBe(20);
});

test("stops without a timer left, and can start again", async () => {
  const { clock, loop, lags } = watched();
  loop.start();
  expect(clock.pending).toBe(1);
  loop.stop();
  expect([clock.pending, loop.lagMs()]).toEqual([0, 0]);
  await clock.advance(100);
  expect(lags).toEqual([]);
  loop.start();
  await clock.advance(25);
  expect(lags).toEqual([0]);
});
