import { type Clock, type Emitter, linkSignals, onAbort } from "@selvage/core";

import { runBounded } from "./bounded.ts";
import { number } from "./checks.ts";
import { ResilienceError } from "./errors.ts";
import type { HedgeContext, HedgeEvent } from "./hedge.ts";
import type { LatencyTracker } from "./latency-tracker.ts";
import type { ExecuteOptions } from "./policy.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** What all races of one `hedge` share. */
export interface HedgeParts {
  readonly hedges: number;
  readonly delayMs: () => number;
  readonly latencies: LatencyTracker;
  readonly budget: RetryBudget;
  readonly isFinal: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly events: Emitter<HedgeEvent>;
}

/** One call under `hedge`. The signal must not have aborted yet. */
export function race<R>(
  fn: (context: HedgeContext) => PromiseLike<R> | R,
  options: ExecuteOptions | undefined,
  { hedges, delayMs, latencies, budget, isFinal, clock, events }: HedgeParts,
): Promise<R> {
  return new Promise((resolve, reject) => {
    /** Aborts all attempts that are under way. */
    const all = linkSignals(options?.signal);
    /** By index of the attempt. */
    const startedAt: number[] = [];
    /** By index too, so that the lowest can be found at the end. */
    const errors: unknown[] = [];
    let settled = 0;
    let over = false;
    let timer: Disposable | undefined;

    /** Settles once and leaves nothing behind. */
    const end = (settle: () => void): void => {
      if (over) return;
      over = true;
      timer?.[Symbol.dispose]();
      watch[Symbol.dispose]();
      settle();
      if (settled === startedAt.length) all[Symbol.dispose]();
      else all.abort(new ResilienceError("superseded", "another attempt decided the call"));
    };
    const lose = (error: unknown): void => end(() => reject(error));
    const watch = onAbort(options?.signal, lose);

    const win = (value: R): void => {
      if (over) return;
      settled++;
      budget.earn();
      // Losers would have taken longer still, but without their time only fast ones were known.
      for (const [index, at] of startedAt.entries()) {
        if (!(index in errors)) latencies.record(clock.now() - at);
      }
      end(() => resolve(value));
    };

    const fail = (index: number, error: unknown): void => {
      if (over) return;
      settled++;
      errors[index] = error;
      if (isFinal(error)) lose(error);
      else if (!another("failure") && settled === startedAt.length) lose(errors[0]);
    };

    /** Starts one more attempt, if there may be one. */
    const another = (cause: "slow" | "failure"): boolean => {
      const index = startedAt.length;
      if (index > hedges) return false;
      events.emit({ type: budget.allows ? "hedge" : "over-budget", index, cause });
      if (!budget.allows) return false;
      budget.spend();
      start();
      return true;
    };

    const start = (): void => {
      const index = startedAt.push(clock.now()) - 1;
      timer?.[Symbol.dispose]();
      if (index < hedges) {
        const ms = number("delayMs", delayMs());
        timer = clock.setTimeout(() => guard(() => another("slow")), ms);
      }
      const context = { ...options, index, signal: all.signal };
      runBounded(fn, context, { clock }).then(win, (error: unknown) => {
        guard(() => fail(index, error));
      });
    };

    /** A delay that cannot be had, or a judgement, ends the race. */
    const guard = (step: () => unknown): void => {
      try {
        step();
      } catch (error) {
        lose(error);
      }
    };
    guard(start);
  });
}
