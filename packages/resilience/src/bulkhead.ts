import type { Listen } from "@selvage/core";

import { whole } from "./checks.ts";
import { DEFAULT_MAX_CONCURRENT } from "./defaults.ts";
import { ResilienceError } from "./errors.ts";
import { type ExecuteOptions, passOn, type Policy, type PolicyContext, run } from "./policy.ts";
import { type QueueConfig, type QueueEvent, WaitLine } from "./wait-line.ts";

/** Construction options of {@link Bulkhead}. */
export interface BulkheadConfig extends QueueConfig {
  /** Calls that run at once, 1 or more. Default 10. */
  readonly maxConcurrent?: number | undefined;
}

/**
 * Bounds how many calls run at the same time.
 *
 * A slot goes from the call that ends to the one that waits longest in the same moment, so nobody
 * takes it in between. It is held until the function is really over: one that ignores its signal
 * holds it although its caller has left.
 */
export class Bulkhead implements Policy {
  readonly #maxConcurrent: number;
  readonly #line: WaitLine;
  #running = 0;

  /** @throws RangeError or TypeError naming the option that is wrong. */
  constructor(config: BulkheadConfig = {}) {
    this.#maxConcurrent = whole("maxConcurrent", config.maxConcurrent ?? DEFAULT_MAX_CONCURRENT);
    this.#line = new WaitLine(config, () => {
      return new ResilienceError("bulkhead-full", `${this.running} calls run, ${this.queued} wait`);
    });
  }

  /** Calls that run now. */
  get running(): number {
    return this.#running;
  }

  /** Calls that wait now. */
  get queued(): number {
    return this.#line.size;
  }

  /** Hears of every call that has to wait or is refused. */
  get onEvent(): Listen<QueueEvent> {
    return this.#line.events.on;
  }

  /**
   * Makes a call when there is room.
   *
   * @throws {@link ResilienceError} with kind `bulkhead-full`, without calling `fn`, when too many
   * wait or the wait took too long.
   */
  async execute<R>(
    fn: (context: PolicyContext) => PromiseLike<R> | R,
    options?: ExecuteOptions,
  ): Promise<R> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    const begin = (): Promise<R> =>
      run(fn, passOn(options), () => {
        // The slot goes on counting as taken if somebody takes it over.
        if (!this.#line.grant()) this.#running--;
      });
    if (this.#running >= this.#maxConcurrent) {
      return await this.#line.join({ count: 1, signal, waitMs: 0 }, begin);
    }
    this.#running++;
    return await begin();
  }
}
