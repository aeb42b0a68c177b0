import { type Clock, linkSignals, onAbort } from "@selvage/core";

import { FOREVER } from "./checks.ts";
import { isAbortError } from "./classify.ts";
import type { ExecuteOptions, PolicyContext } from "./policy.ts";

/** What bounds one run of a function, besides its caller's signal. */
export interface Bounds {
  readonly clock: Clock;
  /** Default: no bound. */
  readonly timeoutMs?: number;
  /** How long the function may go on after its signal aborted; 0 for the rest of the turn. */
  readonly graceMs?: number;
  readonly timeoutError?: () => unknown;
}

/**
 * Runs `fn` with a signal of its own and settles as it does, but no later than its bounds.
 *
 * At the timeout the signal aborts, and `fn` has a grace period to answer: a function that minds
 * its signal can so say more about its failure than that time ran out. A signal that is no longer
 * needed never aborts, and nothing is left on the caller's.
 */
export async function runBounded<Context extends ExecuteOptions, R>(
  fn: (context: Context & PolicyContext) => PromiseLike<R> | R,
  context: Context,
  { clock, timeoutMs = FOREVER, graceMs = 0, timeoutError }: Bounds,
): Promise<R> {
  context.signal?.throwIfAborted();
  return await new Promise((resolve, reject) => {
    let timer: Disposable | undefined;
    let expired: { readonly error: unknown } | undefined;
    const own = linkSignals(context.signal);
    const fail = (error: unknown): void => {
      letGo();
      reject(error);
    };
    const watch = onAbort(context.signal, fail);
    const letGo = (): void => {
      own[Symbol.dispose]();
      watch[Symbol.dispose]();
      timer?.[Symbol.dispose]();
    };
    const expire = (): void => {
      const error = timeoutError?.();
      expired = { error };
      const end = (): void => fail(error);
      if (graceMs > 0) timer = clock.setTimeout(end, graceMs);
      else clock.endOfTurn(end);
      own.abort(error);
    };
    if (timeoutMs < FOREVER) timer = clock.setTimeout(expire, timeoutMs);
    const run = async (): Promise<R> => fn({ ...context, signal: own.signal });
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
