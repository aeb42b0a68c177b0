import { Emitter, type NodeId } from "@selvage/core";

import type { CallEvent, CallStart, ServedCallEvent, ServedCallStart } from "../src/index.ts";
import type { MadeCallSource, ServedCallSource } from "../src/observability/index.ts";
import { provider } from "./providers.ts";

const rethrow = (error: unknown): never => {
  throw error;
};

/** Where calls are said to happen. */
export interface EventBench extends MadeCallSource, ServedCallSource {
  readonly callStarts: Emitter<CallStart>;
  readonly calls: Emitter<CallEvent>;
  readonly servedStarts: Emitter<ServedCallStart>;
  readonly served: Emitter<ServedCallEvent>;
}

/** A client and a server of which only the events are there. */
export function eventBench(): EventBench {
  const callStarts = new Emitter<CallStart>(rethrow);
  const calls = new Emitter<CallEvent>(rethrow);
  const servedStarts = new Emitter<ServedCallStart>(rethrow);
  const served = new Emitter<ServedCallEvent>(rethrow);
  return {
    callStarts,
    calls,
    servedStarts,
    served,
    onCallStart: callStarts.on,
    onCall: calls.on,
    onServedStart: servedStarts.on,
    onServed: served.on,
  };
}

/** Some node. */
export const someNode: NodeId = provider(1).nodeId;

/** A call that went well at once, but for what is said. */
export function callEvent(event: Partial<CallEvent> = {}): CallEvent {
  return {
    service: "greet",
    shape: "unary",
    outcome: "ok",
    provider: someNode,
    startedAt: 0,
    durationMs: 3,
    retries: 0,
    moves: 0,
    hedges: 0,
    attempts: [],
    omittedAttempts: 0,
    requestMessages: 1,
    requestBytes: 10,
    responseMessages: 1,
    responseBytes: 20,
    traceparent: undefined,
    ...event,
  };
}

/** A call that was served well, but for what is said. */
export function servedEvent(event: Partial<ServedCallEvent> = {}): ServedCallEvent {
  return {
    service: "greet",
    shape: "unary",
    caller: someNode,
    outcome: "ok",
    isStarted: true,
    startedAt: 0,
    durationMs: 3,
    requestMessages: 1,
    requestBytes: 10,
    responseMessages: 1,
    responseBytes: 20,
    droppedMessages: 0,
    traceparent: undefined,
    ...event,
  };
}
