import { type Clock, type Emitter, onAbort } from "@selvage/core";

import { FOREVER, number, whole } from "./checks.ts";
import { DEFAULT_MAX_QUEUE } from "./defaults.ts";
import { type PolicyConfig, portsOf } from "./policy.ts";

/** Options of the policies that calls may have to wait for. */
export interface QueueConfig extends PolicyConfig {
  /** Calls that wait for their turn; one more is refused. Default 0. */
  readonly maxQueue?: number | undefined;
  /** How long a call waits at most, in milliseconds. Default: as long as its signal allows. */
  readonly maxWaitMs?: number | undefined;
}

/** A call has to wait, or was refused. */
export interface QueueEvent {
  readonly type: "queued" | "refused";
  /** Calls that wait, this one included if it does. */
  readonly queued: number;
}

/** How one call waits. */
export interface Place {
  /** As how many calls it counts. */
  readonly count: number;
  /** Ends the wait at once, with its own reason. */
  readonly signal: AbortSignal | undefined;
  /** How long it will wait at most, in milliseconds; 0 if nobody knows. */
  readonly waitMs: number;
  /** Hears when its caller has given up. */
  readonly onGiveUp?: (() => void) | undefined;
}

/**
 * Calls that wait for their turn, first come first served. Who gives up is out of the line in the
 * same moment, and who is granted its turn has begun in the same moment.
 */
export class WaitLine {
  readonly clock: Clock;
  readonly events: Emitter<QueueEvent>;
  readonly #maxQueue: number;
  readonly #maxWaitMs: number;
  readonly #refusal: (waitMs: number) => unknown;
  readonly #waiting: (Place & { readonly grant: () => void })[] = [];

  /** `refusal` makes the error for a call that would have to wait so long. */
  constructor(config: QueueConfig, refusal: (waitMs: number) => unknown) {
    ({ clock: this.clock, events: this.events } = portsOf<QueueEvent>(config));
    this.#maxQueue = whole("maxQueue", config.maxQueue ?? DEFAULT_MAX_QUEUE, 0);
    this.#maxWaitMs = number("maxWaitMs", config.maxWaitMs ?? FOREVER);
    this.#refusal = refusal;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Whose turn is next. */
  get first(): Place | undefined {
    return this.#waiting[0];
  }

  /** As how many calls those who wait count. */
  get count(): number {
    return this.#waiting.reduce((sum, { count }) => sum + count, 0);
  }

  /** Begins when it is this call's turn; rejects when it may not wait, or not any longer. */
  join<R>(place: Place, begin: () => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      // Those who were let go before may have seen to that.
      place.signal?.throwIfAborted();
      const refuse = (): void => {
        this.events.emit({ type: "refused", queued: this.size });
        reject(this.#refusal(place.waitMs));
      };
      if (this.size >= this.#maxQueue || place.waitMs > this.#maxWaitMs) {
        refuse();
        return;
      }
      const leave = (settle: () => void): void => {
        this.#waiting.splice(this.#waiting.indexOf(own), 1);
        watch[Symbol.dispose]();
        timer?.[Symbol.dispose]();
        settle();
      };
      const own = { ...place, grant: () => leave(() => resolve(begin())) };
      this.#waiting.push(own);
      const watch = onAbort(place.signal, (reason) => {
        leave(() => reject(reason));
        place.onGiveUp?.();
      });
      // Who knows how long it waits has been refused if that is too long.
      const timer =
        place.waitMs === 0 && this.#maxWaitMs < FOREVER
          ? this.clock.setTimeout(() => leave(refuse), this.#maxWaitMs)
          : undefined;
      this.events.emit({ type: "queued", queued: this.size });
    });
  }

  /** Lets the first one begin; `false` if nobody waits. */
  grant(): boolean {
    const [first] = this.#waiting;
    first?.grant();
    return first !== undefined;
  }
}
