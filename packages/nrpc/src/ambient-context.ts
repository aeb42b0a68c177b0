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

/** A call that code runs for at one node, and those that it runs for at other nodes here. */
interface Served {
  readonly node: NodeContext;
  readonly context: CallContext;
  readonly others: Served | undefined;
}

/** One for all nodes of a process: each of these costs every promise there is, for ever. */
const storage = new AsyncLocalStorage<Served>();

class NodeContext implements AmbientContext {
  getStore(): CallContext | undefined {
    let served = storage.getStore();
    while (served !== undefined && served.node !== this) served = served.others;
    return served?.context;
  }

  run<T>(context: CallContext, fn: () => T): T {
    return storage.run({ node: this, context, others: this.#without(storage.getStore()) }, fn);
  }

  exit<T>(fn: () => T): T {
    const others = this.#without(storage.getStore());
    return others === undefined ? storage.exit(fn) : storage.run(others, fn);
  }

  /** What begins during a call is not to hold on to it for longer than it runs for it. */
  #without(served: Served | undefined): Served | undefined {
    if (served === undefined || served.node === this) return served?.others;
    const others = this.#without(served.others);
    return others === served.others ? served : { ...served, others };
  }
}

/**
 * Keeps track of calls by `AsyncLocalStorage`: what a handler calls inherits deadline, cancellation
 * and trace without being told of its `parent`. It costs every handler a little.
 */
export function createAmbientContext(): AmbientContext {
  return new NodeContext();
}
