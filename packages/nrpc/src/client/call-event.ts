import type { NodeId } from "@selvage/core";

import type { CallShape } from "../call-shape.ts";

/**
 * Why an attempt was made: it is the `first`; a `move` off a provider that was lost or refused; a
 * `retry` after a failure; a `hedge` beside an attempt that takes long.
 */
export type AttemptAction = "first" | "move" | "retry" | "hedge";

/** One attempt within a call. */
export interface AttemptRecord {
  readonly provider: NodeId;
  readonly action: AttemptAction;
  /** Milliseconds on the node's monotonic clock. */
  readonly startedAt: number;
  /** Until its end; of attempts that are answered by a stream, until the end of that. */
  readonly durationMs: number;
  /** `ok`, or the kind of what it failed with; `superseded` or `cancelled` when it was given up. */
  readonly outcome: string;
}

/** A call that begins. */
export interface CallStart {
  readonly service: string;
  readonly shape: CallShape;
}

/** What happened to one call; emitted once per call, at its end. */
export interface CallEvent extends CallStart {
  /** `ok`, or the kind of what it failed with, or `cancelled`. */
  readonly outcome: string;
  /** Who answered. */
  readonly provider: NodeId | undefined;
  /** Milliseconds on the node's monotonic clock, as those of the attempts. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Attempts that were repeated after a wait. */
  readonly retries: number;
  /** Changes of provider without a wait. */
  readonly moves: number;
  /** Attempts started beside a running one. */
  readonly hedges: number;
  /** In the order in which they began; 64 at most. A provider that was not reached has none. */
  readonly attempts: readonly AttemptRecord[];
  /** Attempts beyond those 64. */
  readonly omittedAttempts: number;
  /** Requests that the caller gave, however often they were sent. */
  readonly requestMessages: number;
  /** Their bytes, encoded, without headers. */
  readonly requestBytes: number;
  /** Responses that arrived. */
  readonly responseMessages: number;
  /** Their bytes, encoded, without headers. */
  readonly responseBytes: number;
  /** W3C trace context that it was made in, if any. */
  readonly traceparent: string | undefined;
}
