import type { OriginHash } from "@selvage/identity";

import type { CausalEvent } from "../causal/causal-link.ts";
import type { StoredEvent } from "./daemon-event.ts";

/** What came of an event. */
export interface Outcome {
  /** Its place among the applied events; the first has 1. */
  readonly index: number;
  /**
   * What the daemon said, linked into its chain. Consumers that get it twice tell it by the index and
   * the position in this list. Not to be written to.
   */
  readonly outputs: readonly CausalEvent[];
}

/** The answer to a delivery. */
export interface Delivery extends Outcome {
  /** The event was applied before; this is what came of it then. */
  readonly repeated: boolean;
}

/** An event that was just applied, and what came of it. */
export interface AppliedEvent extends StoredEvent {
  readonly outputs: readonly CausalEvent[];
}

/** A daemon that took too long. */
export interface DaemonLag {
  readonly originHash: OriginHash;
  readonly name: string;
  /** How long `process` blocked the loop, in milliseconds. */
  readonly ms: number;
}
