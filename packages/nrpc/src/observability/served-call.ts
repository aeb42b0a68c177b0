import { Emitter, type NodeId } from "@selvage/core";

import type { CallShape } from "../call-shape.ts";
import type { RpcStatus } from "../status.ts";
import type { CallTracer } from "./call-tracer.ts";

/** A handler that starts. */
export interface ServedCallStart {
  readonly service: string;
  readonly shape: CallShape;
  /** The authenticated caller. */
  readonly caller: NodeId;
}

/** What happened to one call that arrived; emitted once per call, at its end. */
export interface ServedCallEvent extends ServedCallStart {
  /**
   * What was answered; `cancelled` also when the caller took the call back, `unavailable` when it
   * was lost before it had its answer. The service of `not-found` is whatever the caller wrote.
   */
  readonly outcome: RpcStatus | "unavailable";
  /** Whether the handler was started. */
  readonly isStarted: boolean;
  /** Milliseconds on the node's monotonic clock. */
  readonly startedAt: number;
  /** From the first message to the answer's end. */
  readonly durationMs: number;
  /** Requests that the handler took. */
  readonly requestMessages: number;
  /** Their bytes, encoded, without headers. */
  readonly requestBytes: number;
  /** Responses that were sent. */
  readonly responseMessages: number;
  /** Their bytes, encoded, without headers. */
  readonly responseBytes: number;
  /** Responses that the handler gave when nobody took them any more. */
  readonly droppedMessages: number;
  /** W3C trace context that came with it, if any. */
  readonly traceparent: string | undefined;
}

/** Who hears of the calls that a server serves. */
export class ServedCallObservers {
  readonly started: Emitter<ServedCallStart>;
  readonly ended: Emitter<ServedCallEvent>;
  readonly tracer: CallTracer | undefined;

  constructor(reportError: (error: unknown) => void, tracer: CallTracer | undefined) {
    this.started = new Emitter(reportError);
    this.ended = new Emitter(reportError);
    this.tracer = tracer;
  }
}
