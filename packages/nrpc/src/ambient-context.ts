import { AsyncLocalStorage } from "node:async_hooks";

import type { CallContext } from "./server/handler.ts";

/** Knows for which call code runs; shared by the server and the client of a node. */
export interface AmbientContext {
  /** The call being served where this runs. */
  getStore(): CallContext | undefined;
  /** Runs `fn`, and whatever it starts, for a call. */
  run<T>(context: CallContext, fn: () => T): T;
  /** Runs `fn`, and whatever it starts, for no call: work that outlives its handler. */
  exit<T>(fn: () => T): T;
}

/**
 * Keeps track of calls by `AsyncLocalStorage`: what a handler calls inherits deadline, cancellation
 * and trace without being told of its `parent`. It costs every handler a little.
 */
export function createAmbientContext(): AmbientContext {
  return new AsyncLocalStorage<CallContext>();
}
