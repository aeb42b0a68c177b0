import { expect, test } from "vitest";

import { REPLAY_WINDOW_PACKETS, ReplayWindow } from "../src/packet/replay-window.ts";

/** A window that accepted these numbers, in this order. */
function having(...numbers: readonly number[]): ReplayWindow {
  const window = new ReplayWindow();
  for (const number of numbers) window.accept(number);
  return window;
}

test("at first every number is new, zero too", () => {
  const window = new ReplayWindow();
  expect(window.highest).toBe(-1);
  expect([0, 1, 2 ** 40].map((number) => window.isNew(number))).toEqual([true, true, true]);
});

test("an accepted number is never new again", () => {
  const window = having(0, 5, 3);
  expect([0, 3, 5].map((number) => window.isNew(number))).toEqual([false, false, false]);
  expect([1, 2, 4, 6].map((number) => window.isNew(number))).toEqual([true, true, true, true]);
});

test("asking changes nothing", () => {
  const window = having(7);
  window.isNew(9_999);
  expect(window.highest).toBe(7);
  expect(window.isNew(6)).toBe(true);
});

test.each([
  [2_047, true],
  [2_048, false],
  [2_049, false],
])("%i below the highest, an unseen number is new: %s", (below, isNew) => {
  for (const highest of [REPLAY_WINDOW_PACKETS + 2, 10_007, 2 ** 40]) {
    expect(having(highest).isNew(highest - below)).toBe(isNew);
  }
});

test("the oldest number of the window is remembered until it leaves", () => {
  const window = having(100, 100 + REPLAY_WINDOW_PACKETS - 1);
  expect(window.isNew(100)).toBe(false);
  expect(window.isNew(101)).toBe(true);
  window.accept(100 + REPLAY_WINDOW_PACKETS);
  expect(window.isNew(100)).toBe(false);
  expect(window.isNew(101)).toBe(true);
});

test.each([65_536, 2 ** 31, 2 ** 32, 2 ** 40])(
  "a jump of %i forward forgets nothing that could be repeated",
  (jump) => {
    const window = having(0, 1, 2);
    window.accept(2 + jump);
    expect([0, 1, 2, 2 + jump].some((number) => window.isNew(number))).toBe(false);
    expect(window.isNew(1 + jump)).toBe(true);
    expect(window.isNew(3 + jump)).toBe(true);
  },
);

test("a jump by whole rounds of the ring leaves no stale marks", () => {
  const window = having(5);
  window.accept(5 + REPLAY_WINDOW_PACKETS);
  expect(window.isNew(6 + REPLAY_WINDOW_PACKETS)).toBe(true);
  window.accept(6 + 2 * REPLAY_WINDOW_PACKETS);
  expect(window.isNew(5 + 2 * REPLAY_WINDOW_PACKETS)).toBe(true);
});

test("works up to the largest exact number", () => {
  const largest = Number.MAX_SAFE_INTEGER;
  const window = having(largest - 1, largest);
  expect(window.isNew(largest)).toBe(false);
  expect(window.isNew(largest - 2)).toBe(true);
});
