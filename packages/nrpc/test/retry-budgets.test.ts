import { expect, test } from "vitest";

import { RetryBudgets } from "../src/selection/retry-budgets.ts";

/** How many retries a service gets until it is told to stop. */
function spendAll(budgets: RetryBudgets, service = "greet"): number {
  let spent = 0;
  while (budgets.allows(service)) {
    budgets.spend(service);
    spent++;
  }
  return spent;
}

test("a service has five retries in a row, and then one per ten answers", () => {
  const budgets = new RetryBudgets();
  expect(spendAll(budgets)).toBe(5);
  for (let i = 0; i < 9; i++) budgets.earn("greet");
  expect(spendAll(budgets)).toBe(1);
  for (let i = 0; i < 100; i++) budgets.earn("greet");
  expect(spendAll(budgets)).toBe(5);
});

test("services have budgets of their own", () => {
  const budgets = new RetryBudgets();
  spendAll(budgets);
  expect([budgets.allows("greet"), budgets.allows("other")]).toEqual([false, true]);
});

test("of more services than are remembered those are forgotten that have spent least", () => {
  const budgets = new RetryBudgets();
  spendAll(budgets);
  for (let n = 0; n < 3_000; n++) budgets.spend(`service-${n}`);
  expect(budgets.allows("greet")).toBe(false);
});

test("what is left is told of services that have spent, until their budgets are full again", () => {
  const budgets = new RetryBudgets();
  budgets.of("never-spent");
  expect(budgets.left()).toEqual(new Map());
  budgets.spend("greet");
  expect(budgets.left()).toEqual(new Map([["greet", 9]]));
  for (let i = 0; i < 10; i++) budgets.earn("greet");
  expect(budgets.left()).toEqual(new Map());
});
