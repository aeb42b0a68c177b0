import { isSelvageError } from "@selvage/core";
import { expect, test } from "vitest";

import { HealthChecker } from "../src/health/index.ts";
import {
  Bulkhead,
  CircuitBreaker,
  hedge,
  isResilienceError,
  rateLimit,
  ResilienceError,
  resilienceErrorKinds,
  timeout,
} from "../src/index.ts";
import { bench, hang, outcome } from "./helpers.ts";

test("every kind of the table is thrown by a policy, as the table describes it", async () => {
  const { clock } = bench();
  const thrown: unknown[] = [];

  const late = outcome(timeout(10, { clock }).execute(hang));
  await clock.advance(10);
  thrown.push(await late);
  const breaker = new CircuitBreaker({ clock });
  breaker.isolate();
  thrown.push(await outcome(breaker.execute(hang)));
  const bulkhead = new Bulkhead({ maxConcurrent: 1, clock });
  void bulkhead.execute(hang);
  thrown.push(await outcome(bulkhead.execute(hang)));
  const limiter = rateLimit({ limit: 1, clock });
  void limiter.execute(hang);
  thrown.push(await outcome(limiter.execute(hang)));
  const race = hedge({ delayMs: 1, clock }).execute(({ index, signal }) => {
    if (index === 1) return "won";
    signal.addEventListener("abort", () => thrown.push(signal.reason));
    return hang();
  });
  await clock.advance(1);
  await race;
  const checker = new HealthChecker({ clock });
  await checker.close();
  thrown.push(await outcome(checker.check("a")));

  const errors = thrown.filter(isSelvageError);
  expect(errors.map(({ kind }) => kind)).toEqual(Object.keys(resilienceErrorKinds));
  for (const [index, { retryable, meaning }] of Object.values(resilienceErrorKinds).entries()) {
    expect(errors[index]).toMatchObject({ name: "ResilienceError", retryable });
    expect(meaning).toMatch(/^[a-z]/);
  }
});

test("an error is recognised by kind, across copies of the package", () => {
  const error = new ResilienceError("rate-limited", "for a test", { retryAfterMs: 5 });
  expect(isResilienceError(error)).toBe(true);
  expect(isResilienceError(error, "rate-limited")).toBe(true);
  expect(isResilienceError(error, "timeout")).toBe(false);
  expect(isResilienceError(Object.assign(new Error("no"), { kind: "timeout" }))).toBe(false);
  expect(String(error)).toBe("ResilienceError: [rate-limited] for a test");
});
