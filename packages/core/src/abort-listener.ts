import { setMaxListeners } from "node:events";

/**
 * Listens for a signal's abort; answers how to stop listening. One signal may well end a thousand
 * operations: Node's warning, from the eleventh listener on, is for leaks, which this is not.
 */
export function listenForAbort(signal: AbortSignal, listener: () => void): () => void {
  setMaxListeners(0, signal);
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
