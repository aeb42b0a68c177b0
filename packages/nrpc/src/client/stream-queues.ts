import { type Clock, type Deferred, deferred, type NodeId, type Timer } from "@selvage/core";

import { MAX_QUEUED_CALLS } from "../defaults.ts";

/** How often it is tried anew whether a provider takes another stream, in milliseconds. */
const TICK_MS = 5;

/** An attempt that needs a stream. */
export interface StreamOpener {
  /** It was given up, and needs no stream any more. */
  readonly isAborted: boolean;
  /** Opens the stream; `false` if the provider takes no more of them now. */
  tryOpen(): boolean;
}

interface Waiting {
  readonly opener: StreamOpener;
  readonly turn: Deferred<void>;
}

/**
 * Calls that had to move and wait for their new provider to take another stream, first come, first
 * served: a crowd that left a lost provider must not fail for being a crowd.
 */
export class StreamQueues implements Disposable {
  readonly #clock: Clock;
  readonly #queues: Map<NodeId, Waiting[]> = new Map();
  #size = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether calls wait for a stream to the provider: others must not overtake them. */
  isBusy(nodeId: NodeId): boolean {
    return this.#size > 0 && this.#queues.has(nodeId);
  }

  /**
   * Ends when the stream is open or the attempt was given up; at once, without a stream, when too
   * many wait already. The attempt's own bounds are what bounds the wait.
   */
  async open(nodeId: NodeId, opener: StreamOpener): Promise<void> {
    if (opener.isAborted || (!this.isBusy(nodeId) && opener.tryOpen())) return;
    if (this.#size >= MAX_QUEUED_CALLS) return;
    const waiting = { opener, turn: deferred<void>() };
    const queue = this.#queues.get(nodeId);
    if (queue === undefined) this.#queues.set(nodeId, [waiting]);
    else queue.push(waiting);
    this.#size++;
    this.#timer ??= this.#clock.setTimeout(() => this.#tick(), TICK_MS);
    await waiting.turn.promise;
  }

  /** A stream to the provider has ended: there may be room for another one. */
  ended(nodeId: NodeId): void {
    if (this.#size > 0) this.#serve(nodeId);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const queue of this.#queues.values()) for (const { turn } of queue) turn.resolve();
    this.#queues.clear();
    this.#size = 0;
  }

  #tick(): void {
    this.#timer = undefined;
    for (const nodeId of [...this.#queues.keys()]) this.#serve(nodeId);
    if (this.#size > 0) this.#timer = this.#clock.setTimeout(() => this.#tick(), TICK_MS);
  }

  /** Lets go who was given up, and the first ones as far as there is room. */
  #serve(nodeId: NodeId): void {
    const queue = this.#queues.get(nodeId);
    if (queue === undefined) return;
    let hasRoom = true;
    const left = queue.filter(({ opener, turn }) => {
      if (!opener.isAborted) {
        hasRoom &&= opener.tryOpen();
        if (!hasRoom) return true;
      }
      turn.resolve();
      return false;
    });
    this.#size -= queue.length - left.length;
    if (left.length === 0) this.#queues.delete(nodeId);
    else this.#queues.set(nodeId, left);
  }
}
