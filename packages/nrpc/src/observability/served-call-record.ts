import type { Clock, NodeId } from "@selvage/core";
import { isTransportError } from "@selvage/transport";

import { CALL_SHAPES, type CallShape } from "../call-shape.ts";
import { RESET_CANCELLED, RESET_GIVEN_UP } from "../reset-codes.ts";
import type { RpcStatus } from "../status.ts";
import type { CallHeader } from "../wire/call.gen.ts";
import type { ServedSpan, TraceContext } from "./call-tracer.ts";
import type { ServedCallEvent, ServedCallObservers, ServedCallStart } from "./served-call.ts";
import { readTraceContext } from "./trace-context.ts";

/** What the record of a call takes from its context, and gives to it. */
export interface TracedContext {
  readonly service: string;
  readonly caller: NodeId;
  trace: TraceContext;
}

/** Service names are no longer; what callers wrote may be. */
const MAX_NAME_LENGTH = 255;

/** What is noted of a served call while it runs; told at its end, if anybody listens. */
export class ServedCallRecord implements ServedCallStart {
  readonly shape: CallShape;
  span: ServedSpan | undefined;
  readonly #observers: ServedCallObservers;
  readonly #clock: Clock;
  readonly #context: TracedContext;
  readonly #startedAt: number;
  #isStarted = false;
  #isOver = false;
  #requestMessages = 0;
  #requestBytes = 0;
  #responseMessages = 0;
  #responseBytes = 0;
  #droppedMessages = 0;

  constructor(
    observers: ServedCallObservers,
    clock: Clock,
    context: TracedContext,
    shape: CallShape,
  ) {
    this.shape = shape;
    this.#observers = observers;
    this.#clock = clock;
    this.#context = context;
    this.#startedAt = clock.now();
  }

  get service(): string {
    return this.#context.service;
  }

  get caller(): NodeId {
    return this.#context.caller;
  }

  /** The handler starts. */
  start(): void {
    const { started, tracer } = this.#observers;
    this.#isStarted = true;
    if (tracer !== undefined) {
      this.span = tracer.startServed(this, this.#context.trace);
      this.#context.trace = this.span;
    }
    if (started.size > 0) started.emit(this);
  }

  countRequest(body: Uint8Array): void {
    this.#requestMessages++;
    this.#requestBytes += body.length;
  }

  countResponse(body: Uint8Array): void {
    this.#responseMessages++;
    this.#responseBytes += body.length;
  }

  /** A response of many that is being sent, or finds nobody. */
  async sending(body: Uint8Array, sent: Promise<void>): Promise<void> {
    try {
      await sent;
      this.countResponse(body);
    } catch (error) {
      this.#droppedMessages++;
      throw error;
    }
  }

  /** The call was not answered; `error` says why. */
  lost(error: unknown): void {
    const isWish =
      isTransportError(error, "stream-reset") &&
      (error.code === RESET_CANCELLED || error.code === RESET_GIVEN_UP);
    this.end(isWish ? "cancelled" : "unavailable");
  }

  /** The call is over; the first end counts. */
  end(outcome: ServedCallEvent["outcome"]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { ended } = this.#observers;
    if (ended.size === 0 && this.span === undefined) return;
    const event: ServedCallEvent = {
      service: this.service,
      shape: this.shape,
      caller: this.caller,
      outcome,
      isStarted: this.#isStarted,
      startedAt: this.#startedAt,
      durationMs: this.#clock.now() - this.#startedAt,
      requestMessages: this.#requestMessages,
      requestBytes: this.#requestBytes,
      responseMessages: this.#responseMessages,
      responseBytes: this.#responseBytes,
      droppedMessages: this.#droppedMessages,
      traceparent: this.#context.trace.traceparent,
    };
    this.span?.end(event);
    ended.emit(event);
  }
}

/** Tells of a call that was refused before there was anything to note of it. */
export function refusedCall(
  { ended }: ServedCallObservers,
  clock: Clock,
  caller: NodeId,
  { service, shape, traceparent }: CallHeader,
  outcome: RpcStatus,
): void {
  if (ended.size === 0) return;
  ended.emit({
    service: service.slice(0, MAX_NAME_LENGTH),
    shape: CALL_SHAPES[shape] ?? "unary",
    caller,
    outcome,
    isStarted: false,
    startedAt: clock.now(),
    durationMs: 0,
    requestMessages: 0,
    requestBytes: 0,
    responseMessages: 0,
    responseBytes: 0,
    droppedMessages: 0,
    traceparent: readTraceContext(traceparent, undefined).traceparent,
  });
}
