import { listenForAbort } from "./abort-listener.ts";

/** Options of a clock's `sleep`. */
export interface SleepOptions {
  /** Ends the sleep early: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Implements `sleep` over a clock's own `setTimeout`; for authors of clocks. */
export function sleepOn(
  clock: { setTimeout(fn: () => void, ms: number): Disposable },
  ms: number,
  { signal }: SleepOptions = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const timer = clock.setTimeout(() => {
      stopListening?.();
      resolve();
    }, ms);
    const stopListening =
      signal &&
      listenForAbort(signal, () => {
        timer[Symbol.dispose]();
        reject(signal.reason);
      });
  });
}
