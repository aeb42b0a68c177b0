import type { CorePair } from "./processes/pinning.ts";

/** One figure from one round. */
export interface Sample {
  /** What was measured, camelCase: `latency1`. */
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
}

/** How a contestant is to be measured. */
export interface RoundPlan {
  /** Length of each warm-up and of each measurement, in milliseconds. */
  readonly measureMs: number;
  /** Where event loops are to run; default wherever the system puts them. */
  readonly cores?: CorePair | undefined;
}

/** Somebody who takes part in a suite: ours or a peer. */
export interface Contestant {
  /** camelCase; names the results: `moleculer.latency1`. */
  readonly name: string;
  /** What the peer is called outside of this repository; `undefined` for ours. */
  readonly peer?: string | undefined;
  /** Runs one round, from nothing to nothing: no process and no socket is left over. */
  readonly run: (plan: RoundPlan) => Promise<readonly Sample[]>;
}

/** Two results and what to make of them: how many times `ours` is `theirs`. */
export interface RatioRule {
  readonly name: string;
  /** A result, `contestant.metric`. */
  readonly ours: string;
  readonly theirs: string;
  readonly better: "lower" | "higher";
}

/** Contestants who do the same work, and what is made of their figures. */
export interface Suite {
  readonly name: string;
  /** One line for the help and above the table. */
  readonly summary: string;
  /** Length of a measurement in milliseconds, where none is asked for: less with many of them. */
  readonly measureMs: number;
  /** How many rounds, where no number is asked for. */
  readonly rounds: number;
  readonly contestants: readonly Contestant[];
  readonly ratios: readonly RatioRule[];
}
