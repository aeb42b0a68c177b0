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

/** What {@link callersInLoop} do. */
export interface CallersConfig {
  readonly clock: Clock;
  /** Pause of each caller between two calls, in milliseconds. Default 5. */
  readonly pauseMs?: number | undefined;
  readonly call: () => Promise<unknown>;
  /** Asked before each call. */
  readonly isOver: () => boolean;
}

/** So many calls, by several callers in a short loop; resolves when all calls have ended. */
export async function steadyCalls(config: SteadyCallsConfig): Promise<void> {
  const { clock, count, call, onHalf } = config;
  const half = Math.ceil(count / 2);
  let started = 0;
  await callersInLoop({
    clock,
    pauseMs: Math.max(PAUSE_MS, (LEAST_RUN_MS * CALLERS) / count),
    isOver: () => started >= count,
    call: () => {
      started++;
      const answer = call();
      if (started === half) onHalf();
      return answer;
    },
  });
}

/** {@link CALLERS} callers in a short loop, until it is over; resolves when all calls have ended. */
export async function callersInLoop(config: CallersConfig): Promise<void> {
  const { clock, pauseMs = PAUSE_MS, call, isOver } = config;
  const caller = async (): Promise<void> => {
    while (!isOver()) {
      await call();
      await clock.sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}
