import { constants } from "node:os";

/** Signals by which people and supervisors end a command. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Ends this process on a signal, after `cleanUp`, with the exit code that shells expect. A second
 * signal does not wait. Disposing gives the signals back.
 */
export function endOnSignals(cleanUp: () => Promise<void>): Disposable {
  let isEnding = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    const end = (): never => process.exit(128 + constants.signals[signal]);
    if (isEnding) end();
    isEnding = true;
    void cleanUp().finally(end);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
