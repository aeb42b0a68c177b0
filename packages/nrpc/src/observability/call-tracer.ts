import type { NodeId } from "@selvage/core";

import type { AttemptAction, AttemptRecord, CallEvent, CallStart } from "../client/call-event.ts";
import type { ServedCallEvent, ServedCallStart } from "./served-call.ts";

/** Where in a trace something happens, as W3C trace context. */
export interface TraceContext {
  /** `undefined`: in none. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/**
 * Makes spans of calls; asked at the beginning of each, so that what travels with a call names its
 * span. None of its methods may throw.
 */
export interface CallTracer {
  /** A call is made; `parent` is what it was given, if it was. */
  startCall(start: CallStart, parent: TraceContext): CallSpan;
  /** A call is served; `parent` is what came with it. */
  startServed(start: ServedCallStart, parent: TraceContext): ServedSpan;
}

/** The span of a call that is made. */
export interface CallSpan extends TraceContext {
  /** An attempt begins. */
  startAttempt(provider: NodeId, action: AttemptAction): AttemptSpan;
  /** The call has ended. */
  end(event: CallEvent): void;
}

/** The span of one attempt. Its context is what the provider gets. */
export interface AttemptSpan extends TraceContext {
  end(attempt: AttemptRecord): void;
}

/** The span of a call that is served. Its context is what calls made for it get. */
export interface ServedSpan extends TraceContext {
  /** Runs a part of the handler within the span. */
  run<T>(fn: () => T): T;
  /** The call was answered, or its caller is gone. */
  end(event: ServedCallEvent): void;
}

/** In no trace. */
export const NO_TRACE: TraceContext = { traceparent: undefined, tracestate: undefined };
