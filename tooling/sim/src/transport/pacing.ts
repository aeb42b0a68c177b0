import { deferred, type Deferred } from "@selvage/core";
import type { SimNode, Simulation } from "@selvage/testing";

/**
 * How applications take their time. Their pauses are no timers of the node, so that a closed node
 * without timers has none at all; and once everybody is told to hurry, nobody pauses any more.
 */
export class Pacing {
  readonly #sim: Simulation;
  readonly #waiting: Set<Deferred<void>> = new Set();
  #hurries = false;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  /** Waits, and then goes on in a turn of the node; never again if the node was killed. */
  async pause(node: SimNode, ms: number): Promise<void> {
    if (this.#hurries) return;
    const over = deferred<void>();
    this.#waiting.add(over);
    if (ms < Number.POSITIVE_INFINITY) this.#sim.after(ms, over.resolve);
    await over.promise;
    this.#waiting.delete(over);
    await this.turn(node);
  }

  /** All pauses end now, and later ones at once. */
  hurry(): void {
    this.#hurries = true;
    for (const over of this.#waiting) over.resolve();
  }

  /** A turn of the node; never, if it was killed. */
  async turn(node: SimNode): Promise<void> {
    const reached = deferred<void>();
    if (node.state !== "killed") this.#sim.run(node, reached.resolve).catch(() => {});
    await reached.promise;
  }
}
