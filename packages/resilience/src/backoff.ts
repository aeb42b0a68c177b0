import { type Random, randomBetween } from "@selvage/core";

import {
  DEFAULT_BACKOFF_MULTIPLIER,
  DEFAULT_INITIAL_BACKOFF_MS,
  DEFAULT_MAX_BACKOFF_MS,
} from "./defaults.ts";

/** How long to wait between attempts. */
export interface BackoffPolicy {
  /** After the first failed attempt, in milliseconds. Default 50. */
  readonly initialBackoffMs?: number | undefined;
  /** The hard ceiling in milliseconds, also with jitter. Default 1,000. */
  readonly maxBackoffMs?: number | undefined;
  /** Growth per failed attempt; below 1 counts as 1. Default 2. */
  readonly backoffMultiplier?: number | undefined;
  /** Whether a wait is scaled by a factor drawn from 0.5 to 1. Default `true`. */
  readonly jitter?: boolean | undefined;
}

/**
 * The wait in milliseconds after the `failures`-th counted failure (1 or more): exponential, with
 * "equal jitter", which never waits less than half. Full jitter may wait next to nothing, which is
 * no protection for a provider that has just come back.
 */
export function backoffMs(policy: BackoffPolicy, failures: number, random: Random): number {
  const initial = policy.initialBackoffMs ?? DEFAULT_INITIAL_BACKOFF_MS;
  const max = policy.maxBackoffMs ?? DEFAULT_MAX_BACKOFF_MS;
  const multiplier = Math.max(1, policy.backoffMultiplier ?? DEFAULT_BACKOFF_MULTIPLIER);
  // 0 · Infinity would be NaN after a thousand failures.
  const exact = initial === 0 ? 0 : Math.min(max, initial * multiplier ** (failures - 1));
  return policy.jitter === false ? exact : exact * randomBetween(random, 0.5, 1);
}
