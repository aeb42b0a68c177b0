import { isSelvageError } from "@selvage/core";
import { expect, test } from "vitest";

import { CircuitBreaker, hedge, resilienceErrorKinds, retry } from "../src/index.ts";
import { bench, outcome } from "./helpers.ts";

test("every kind of the table is thrown by a policy, as the table describes it", async () => {
  const { clock } = bench();
  const thrown: unknown[] = [];
  const hang = (): Promise<never> => new Promise(() => {});

  for (const policy of [{ deadlineMs: 10 }, { attemptTimeoutMs: 10, maxAttempts: 1 }]) {
    const result = outcome(retry(hang, policy, { clock }));
    await clock.advance(10);
    thrown.push(await result);
  }
  const breaker = new CircuitBreaker({ failureThreshold: 1, clock });
  breaker.admit().failure();
  thrown.push(await outcome(breaker.execute(hang)));
  const race = hedge(
    ({ index, signal }) => {
      if (index === 1) return "won";
      signal.addEventListener("abort", () => thrown.push(signal.reason));
      return hang();
    },
    { delayMs: 1 },
    { clock },
  );
  await clock.advance(1);
  await race;

  const errors = thrown.filter(isSelvageError);
  expect(errors.map(({ kind }) => kind)).toEqual(Object.keys(resilienceErrorKinds));
  for (const [index, { retryable, meaning }] of Object.values(resilienceErrorKinds).entries()) {
    expect(errors[index]?.retryable).toBe(retryable);
    expect(meaning).toMatch(/^[a-z]/);
  }
});
