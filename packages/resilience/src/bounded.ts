import { type Clock, linkSignals, onAbort } from "@selvage/core";

import { isAbortError } from "./classify.ts";

/** What bounds one run of a function. */
export interface Bounds {
  readonly clock: Clock;
  /** Ends the run at once, with its own reason. */
  readonly signal: AbortSignal | undefined;
  /** `Infinity` for no bound. */
  readonly timeoutMs: number;
  readonly timeoutError: () => unknown;
}

/**
 * Runs `fn` with a signal of its own and settles as it does, but no later than its bounds.
 *
 * At the timeout the signal aborts, and `fn` has the rest of that turn to answer: a function that
 * minds its signal can so say more about its failure than that time ran out. A signal that is no
 * longer needed never aborts, and nothing is left on the caller's.
 */
export function runBounded<T>(
  fn: (signal: AbortSignal) => PromiseLike<T> | T,
  { clock, signal, timeoutMs, timeoutError }: Bounds,
): Promise<T> {
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const own = linkSignals(signal);
    const letGo = (): void => {
      own[Symbol.dispose]();
      watch[Symbol.dispose]();
      timer?.[Symbol.dispose]();
    };
    const fail = (error: unknown): void => {
      letGo();
      reject(error);
    };
    const watch = onAbort(signal, fail);
    let expired: { readonly error: unknown } | undefined;
    const expire = (): void => {
      const error = timeoutError();
      expired = { error };
      own.abort(error);
      clock.endOfTurn(() => fail(error));
    };
    const timer =
      timeoutMs === Number.POSITIVE_INFINITY ? undefined : clock.setTimeout(expire, timeoutMs);
    const run = async (): Promise<T> => fn(own.signal);
    run().then(
      (value) => {
        letGo();
        resolve(value);
      },
      (error: unknown) => {
        // Many functions answer any abort with a plain AbortError, which says less than the cause.
        fail(expired !== undefined && isAbortError(error) ? expired.error : error);
      },
    );
  });
}
