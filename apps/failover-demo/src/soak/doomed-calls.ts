import type { Clock } from "@selvage/core";
import type { CallOptions } from "@selvage/nrpc";

/** Deadline of the calls that are to pass it, in milliseconds. */
const DEADLINE_MS = 100;
/** When those are cancelled that are to be, in milliseconds. */
const CANCEL_AFTER_MS = 50;
/** Pause between two pairs, in milliseconds. */
const PAUSE_MS = 100;

/**
 * Makes calls that nobody will answer, until a time of the clock: one that passes its deadline and
 * one that is cancelled, again and again. Resolves when all have ended.
 */
export async function doomedCalls(
  clock: Clock,
  until: number,
  call: (options: CallOptions) => Promise<unknown>,
): Promise<void> {
  const underWay: Promise<unknown>[] = [];
  while (clock.now() + DEADLINE_MS < until) {
    const cancelling = new AbortController();
    underWay.push(call({ deadlineMs: DEADLINE_MS }), call({ signal: cancelling.signal }));
    await clock.sleep(CANCEL_AFTER_MS);
    cancelling.abort();
    await clock.sleep(PAUSE_MS);
  }
  await Promise.all(underWay);
}
