import type { NodeId } from "@selvage/core";

/** One attempt within a call. */
export interface AttemptRecord {
  readonly provider: NodeId;
  readonly startedAt: number;
  readonly durationMs: number;
  /** `ok`, or the kind of what it failed with. */
  readonly outcome: string;
}

/** What happened to one call; emitted once per call, at its end. */
export interface CallEvent {
  readonly service: string;
  /** `ok`, or the kind of what it failed with, or `cancelled`. */
  readonly outcome: string;
  /** Who answered. */
  readonly provider: NodeId | undefined;
  readonly durationMs: number;
  /** Attempts that were repeated after a wait. */
  readonly retries: number;
  /** Changes of provider without a wait. */
  readonly moves: number;
  /** Attempts started beside a running one. */
  readonly hedges: number;
  readonly attempts: readonly AttemptRecord[];
}
