import { listenForAbort } from "./abort-listener.ts";
import type { Clock } from "./clock.ts";

/** A signal with the means to let go of what it listens to. */
export interface LinkedSignal extends Disposable {
  readonly signal: AbortSignal;
  /** Aborts the signal itself; without effect once it aborted. */
  abort(reason?: unknown): void;
}

/**
 * A signal that aborts, with the same reason, as soon as one of `sources` does; `undefined`
 * sources are ignored. Dispose it when the work is over: unlike `AbortSignal.any` it then leaves
 * nothing behind on a long-lived source.
 */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const watched: (() => void)[] = [];
  const dispose = (): void => {
    for (const unwatch of watched.splice(0)) unwatch();
  };
  const abort = (reason?: unknown): void => {
    dispose();
    controller.abort(reason);
  };
  for (const source of sources) {
    if (source === undefined) continue;
    if (source.aborted) {
      abort(source.reason);
      break;
    }
    watched.push(listenForAbort(source, () => abort(source.reason)));
  }
  return { signal: controller.signal, abort, [Symbol.dispose]: dispose };
}

/** Calls `fn` when the signal aborts (at once if it has); disposing takes that back. */
export function onAbort(
  signal: AbortSignal | undefined,
  fn: (reason: unknown) => void,
): Disposable {
  if (signal === undefined) return { [Symbol.dispose]: () => {} };
  if (signal.aborted) {
    fn(signal.reason);
    return { [Symbol.dispose]: () => {} };
  }
  return { [Symbol.dispose]: listenForAbort(signal, () => fn(signal.reason)) };
}

/** Waits for `work`, but no longer than the signal: then rejects with the signal's reason. */
export function raceSignal<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const watch = onAbort(signal, reject);
    void work.then(resolve, reject).finally(() => watch[Symbol.dispose]());
  });
}

/** A signal that aborts with `reason()` after `ms` milliseconds of `clock`; dispose to cancel. */
export function deadlineSignal(clock: Clock, ms: number, reason: () => unknown): LinkedSignal {
  const controller = new AbortController();
  const timer = clock.setTimeout(() => controller.abort(reason()), ms);
  return {
    signal: controller.signal,
    abort: (cause) => {
      timer[Symbol.dispose]();
      controller.abort(cause);
    },
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
}
