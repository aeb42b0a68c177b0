import { deferred, type Deferred } from "@selvage/core";

/** What came of waiting: a slot, or the service takes no more calls. */
export type Turn = "turn" | "draining";

/** A place in the queue. */
export interface Place {
  readonly turn: Promise<Turn>;
  /** Gives the place up; a slot that came in the same moment goes to the next. */
  leave(): void;
}

/** How many calls of a service run at once, and how many wait for that, first come first served. */
export class CallSlots {
  readonly #limit: number;
  readonly #queueLimit: number;
  /** In the order of arrival. */
  readonly #waiting: Set<Deferred<Turn>> = new Set();
  #taken = 0;

  constructor(limit: number, queueLimit: number) {
    this.#limit = limit;
    this.#queueLimit = queueLimit;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes a slot, if one is free. */
  take(): boolean {
    if (this.#taken >= this.#limit) return false;
    this.#taken++;
    return true;
  }

  /** Queues up for a slot; `undefined` if the queue is full. */
  queue(): Place | undefined {
    if (this.#waiting.size >= this.#queueLimit) return undefined;
    const ticket = deferred<Turn>();
    this.#waiting.add(ticket);
    return {
      turn: ticket.promise,
      leave: () => {
        if (this.#waiting.delete(ticket)) return;
        void ticket.promise.then((turn) => turn === "turn" && this.release());
      },
    };
  }

  /** Gives a slot back, or on to the first in the queue. */
  release(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#taken--;
      return;
    }
    this.#waiting.delete(first);
    first.resolve("turn");
  }

  /** Sends the whole queue away. */
  drain(): void {
    for (const ticket of this.#waiting) ticket.resolve("draining");
    this.#waiting.clear();
  }
}
