import { once } from "node:events";
import { Worker } from "node:worker_threads";

import type { SeedResult } from "./scenario.ts";

/** What a thread is asked to run; it finds the scenario by its name, and has its own crypto. */
export interface Errand {
  readonly scenario: string;
  readonly seed: number;
  readonly plant: string | undefined;
  readonly traceLines: number | undefined;
}

/** How an errand ended. */
export type Outcome =
  | { readonly result: SeedResult }
  | { readonly error: unknown; readonly result?: undefined };

/** Some threads that run seeds, each one at a time. */
export class Threads implements AsyncDisposable {
  readonly #idle: Worker[];
  readonly #all: readonly Worker[];

  constructor(count: number) {
    const file = new URL("./thread.js", import.meta.url);
    this.#all = Array.from({ length: count }, () => new Worker(file));
    this.#idle = [...this.#all];
  }

  /** Runs a seed on an idle thread; throws `TypeError` when there is none. */
  async run(errand: Errand): Promise<SeedResult> {
    const worker = this.#idle.pop();
    if (worker === undefined) throw new TypeError("every thread is busy");
    worker.postMessage(errand, []);
    const [outcome] = (await once(worker, "message")) as [Outcome];
    this.#idle.push(worker);
    if ("error" in outcome) throw new Error("a run failed", { cause: outcome.error });
    return outcome.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }
}
