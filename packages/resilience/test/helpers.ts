import { getEventListeners } from "node:events";

import type { Clock, Random } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { expect } from "vitest";

import { type AttemptContext, retry, type RetryConfig, type RetryEvent } from "../src/index.ts";

/** Draws that give the given fraction each time: 1 leaves waits whole, 0 halves them. */
export const always = (fraction: number): Random => ({ next: () => fraction });

/** Clock, caller's signal, and a check that an operation left nothing on either. */
export interface Bench {
  readonly clock: ManualClock;
  readonly controller: AbortController;
  readonly signal: AbortSignal;
  readonly random: Random;
  expectClean(): void;
}

export function bench(): Bench {
  const clock = new ManualClock();
  const controller = new AbortController();
  const { signal } = controller;
  return {
    clock,
    controller,
    signal,
    random: always(1),
    expectClean: () => {
      expect(clock.pending).toBe(0);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    },
  };
}

/** What JavaScript may hand in, where the compiler would object. */
export const unchecked = (value: unknown): never => value as never;

/** Work that never ends and does not listen. */
export const hang = (): Promise<never> => new Promise(() => {});

/** What a promise came to, without throwing. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}

/** One call under a `retry` of its own. */
export function retrying<R, Target = unknown>(
  fn: (context: AttemptContext<Target>) => PromiseLike<R> | R,
  config: RetryConfig<Target>,
  {
    signal,
    onEvent = () => {},
    ...ports
  }: {
    readonly clock?: Clock;
    readonly random?: Random;
    readonly signal?: AbortSignal;
    readonly onEvent?: (event: RetryEvent<Target>) => void;
  } = {},
): Promise<R> {
  const policy = retry<Target>({ ...config, ...ports });
  policy.onEvent(onEvent);
  return policy.execute(fn, { signal });
}
