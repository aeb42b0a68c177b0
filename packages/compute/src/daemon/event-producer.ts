import { type Clock, copyBytes, type Entropy, systemClock, systemEntropy } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import { MAX_EVENT_SEED_BYTES } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import type { DaemonEvent } from "./daemon-event.ts";

/** Configuration of an {@link EventProducer}. */
export interface EventProducerConfig {
  /** Default the real one. */
  readonly clock?: Clock | undefined;
  /** Default the operating system. */
  readonly entropy?: Entropy | undefined;
  /** Default the wall time, in milliseconds. */
  readonly incarnation?: number | undefined;
}

/**
 * Numbers the events of one producer. To try again, deliver the same event again: it is applied once.
 *
 * @throws TypeError for an incarnation that is no safe integer of at least 0.
 */
export class EventProducer {
  readonly originHash: OriginHash;
  readonly incarnation: number;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  #sequence = 0;

  constructor(
    originHash: OriginHash,
    { clock = systemClock, entropy = systemEntropy, incarnation }: EventProducerConfig = {},
  ) {
    this.originHash = originHash;
    this.#clock = clock;
    this.#entropy = entropy;
    this.incarnation = incarnation ?? Math.floor(clock.wallNow());
    if (!Number.isSafeInteger(this.incarnation) || this.incarnation < 0) {
      throw new TypeError(
        `incarnation must be a safe integer of at least 0, got ${this.incarnation}`,
      );
    }
  }

  /**
   * The next event. The payload is copied.
   *
   * @throws {@link ComputeError} with kind `exhausted` at the largest safe integer.
   */
  next(payload: Uint8Array): DaemonEvent {
    if (this.#sequence >= Number.MAX_SAFE_INTEGER) {
      throw new ComputeError("exhausted", `producer ${this.originHash} has no numbers left`);
    }
    this.#sequence++;
    return {
      producer: this.originHash,
      incarnation: this.incarnation,
      sequence: this.#sequence,
      payload: copyBytes(payload),
      timeMs: this.#clock.wallNow(),
      seed: this.#entropy.bytes(MAX_EVENT_SEED_BYTES),
    };
  }
}
