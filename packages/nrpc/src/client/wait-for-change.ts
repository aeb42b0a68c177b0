import { type Clock, onAbort } from "@selvage/core";
import type { Transport } from "@selvage/transport";

import { RpcError } from "../errors.ts";
import type { Directory } from "../selection/directory.ts";

/** First wait when nothing changes, in milliseconds; doubles. */
const MIN_WAIT_MS = 25;
/** Longest wait, in milliseconds: penalties end and ports come alive without an event. */
const MAX_WAIT_MS = 250;

/** Tells when it may pay to look for a provider again. */
export class WaitForChange implements Disposable {
  readonly #clock: Clock;
  readonly #subscriptions: readonly Disposable[];
  readonly #listeners: Set<() => void> = new Set();
  readonly #waiting: Set<(error: unknown) => void> = new Set();
  #closed = false;

  constructor(
    clock: Clock,
    transport: Pick<Transport, "onPeer">,
    directory: Pick<Directory, "onChange">,
  ) {
    this.#clock = clock;
    const notify = (): void => {
      for (const listener of [...this.#listeners]) listener();
    };
    this.#subscriptions = [transport.onPeer(notify), directory.onChange(notify)];
  }

  /** Calls `fn` at every change of peers or providers, until disposed. */
  on(fn: () => void): Disposable {
    this.#listeners.add(fn);
    return { [Symbol.dispose]: () => void this.#listeners.delete(fn) };
  }

  /** Waits for a change, but not long; longer the more often in a row. */
  wait(times: number, signal: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const waitMs = Math.min(MAX_WAIT_MS, MIN_WAIT_MS * 2 ** Math.min(times, 8));
      const end = (): void => {
        this.#waiting.delete(fail);
        timer[Symbol.dispose]();
        change[Symbol.dispose]();
        abort[Symbol.dispose]();
      };
      const goOn = (): void => {
        end();
        resolve();
      };
      const fail = (reason: unknown): void => {
        end();
        reject(reason);
      };
      const timer = this.#clock.setTimeout(goOn, waitMs);
      const change = this.on(goOn);
      const abort = onAbort(signal, fail);
      this.#waiting.add(fail);
    });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#listeners.clear();
    for (const fail of [...this.#waiting]) fail(closed());
  }
}

const closed = (): RpcError => new RpcError("closed", "the node was closed");
