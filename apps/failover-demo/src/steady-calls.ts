import type { Clock } from "@selvage/core";

/** Callers that call side by side. */
export const CALLERS = 4;
/** The shortest pause of a caller between two calls, in milliseconds. */
const PAUSE_MS = 5;
/** Few calls are spread over at least this time, in milliseconds, so that the fault has company. */
const LEAST_RUN_MS = 1_000;

/** What {@link steadyCalls} does. */
export interface SteadyCallsConfig {
  readonly clock: Clock;
  readonly count: number;
  readonly call: () => Promise<unknown>;
  /** Runs when half of the calls have been started; the one that made the half is under way. */
  readonly onHalf: () => void;
}

/** Several callers in a short loop; resolves when all calls have ended. */
export async function steadyCalls({
  clock,
  count,
  call,
  onHalf,
}: SteadyCallsConfig): Promise<void> {
  const pauseMs = Math.max(PAUSE_MS, (LEAST_RUN_MS * CALLERS) / count);
  const half = Math.ceil(count / 2);
  let started = 0;
  const caller = async (): Promise<void> => {
    while (started < count) {
      started++;
      const answer = call();
      if (started === half) onHalf();
      await answer;
      await clock.sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}
