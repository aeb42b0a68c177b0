/** Taken at load, so that a runner's fake timers installed later do not stop the simulator. */
const schedule = setImmediate;

const enqueue = (resolve: () => void): void => {
  schedule(resolve);
};

/**
 * Resolves after one real macrotask. By then every microtask that could run has run: this is what
 * "quiescence" means in virtual time. It never waits for time to pass.
 */
export function quiescence(): Promise<void> {
  return new Promise(enqueue);
}
