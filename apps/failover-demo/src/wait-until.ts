import type { Clock } from "@selvage/core";

/** How often the condition is looked at, in milliseconds. */
const LOOK_MS = 5;

/**
 * Waits for a condition.
 *
 * @throws Error when it has not come true in time, saying what was waited for.
 */
export async function waitUntil(
  clock: Clock,
  what: string,
  limitMs: number,
  isTrue: () => boolean,
): Promise<void> {
  const until = clock.now() + limitMs;
  while (!isTrue()) {
    if (clock.now() >= until) throw new Error(`no ${what} within ${limitMs} ms`);
    await clock.sleep(LOOK_MS);
  }
}
