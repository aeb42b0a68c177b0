import { SelvageError, type SelvageErrorOptions } from "@selvage/core";

/** Kinds thrown by the manual clock and the simulator. */
export const simulationErrorKinds = {
  limit: { retryable: false, meaning: "a condition did not come true within its virtual time" },
  livelock: { retryable: false, meaning: "code keeps running while no virtual time passes" },
  crash: { retryable: false, meaning: "code of a node threw where a process would have ended" },
  killed: { retryable: false, meaning: "the node was killed before the work on it ended" },
} as const;

/** The kinds of {@link SimulationError}. */
export type SimulationErrorKind = keyof typeof simulationErrorKinds;

/** What virtual time could not do; the message names the seed and the virtual time. */
export class SimulationError extends SelvageError<SimulationErrorKind> {
  constructor(kind: SimulationErrorKind, message: string, options?: SelvageErrorOptions) {
    super(simulationErrorKinds, kind, message, options);
  }
}
