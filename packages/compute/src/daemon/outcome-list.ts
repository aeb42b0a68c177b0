import type { OriginHash } from "@selvage/identity";

import { CAUSAL_LINK_BYTES } from "../causal/causal-link.ts";
import type { Outcome } from "./delivery.ts";

/** Sequence, index and count of outputs of an outcome, in bytes. */
export const OUTCOME_BYTES = 20;

/** A producer of a table, with what came of its latest events. */
export interface RememberedProducer {
  readonly originHash: OriginHash;
  readonly incarnation: number;
  /** What is not in the outcomes, and not above this, may have been applied and forgotten. */
  floor: number;
  /** By sequence, in the order of application. */
  readonly outcomes: Map<number, RememberedOutcome>;
  oldest: RememberedOutcome | undefined;
  newest: RememberedOutcome | undefined;
}

/** An outcome, linked in the order of application: over all producers, and with the next of its own. */
export interface RememberedOutcome {
  readonly producer: RememberedProducer;
  readonly sequence: number;
  readonly outcome: Outcome;
  older: RememberedOutcome | undefined;
  newer: RememberedOutcome | undefined;
  /** No other link is needed among those of a producer: only the first of them ever goes. */
  nextOfProducer: RememberedOutcome | undefined;
}

/**
 * Outcomes of all producers in the order of application. Maps keep an order, too, but to find their
 * first entry they pass all that were deleted before it: that took a third of a delivery.
 */
export class OutcomeList {
  #oldest: RememberedOutcome | undefined;
  #newest: RememberedOutcome | undefined;
  #size = 0;
  #bytes = 0;

  get oldest(): RememberedOutcome | undefined {
    return this.#oldest;
  }

  get size(): number {
    return this.#size;
  }

  /** What they take in a snapshot, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the latest one. */
  append(producer: RememberedProducer, sequence: number, outcome: Outcome): RememberedOutcome {
    const older = this.#newest;
    const entry: RememberedOutcome = {
      producer,
      sequence,
      outcome,
      older,
      newer: undefined,
      nextOfProducer: undefined,
    };
    if (older === undefined) this.#oldest = entry;
    else older.newer = entry;
    this.#newest = entry;
    this.#size++;
    this.#bytes += bytesOf(outcome);
    return entry;
  }

  /** Takes one out, which must be there. */
  remove({ older, newer, outcome }: RememberedOutcome): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    this.#size--;
    this.#bytes -= bytesOf(outcome);
  }
}

function bytesOf({ outputs }: Outcome): number {
  let bytes = OUTCOME_BYTES;
  for (const { payload } of outputs) bytes += CAUSAL_LINK_BYTES + 4 + payload.length;
  return bytes;
}
