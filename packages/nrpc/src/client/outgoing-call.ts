import type { Clock, Delivered, NodeId } from "@selvage/core";
import { isSelvageError } from "@selvage/core";

import { type CallShape, hasResponseStream } from "../call-shape.ts";
import type { Codec } from "../codec.ts";
import type { AnyContract } from "../contract.ts";
import { DEFAULT_DEADLINE_MS, MAX_IDEMPOTENCY_KEY_LENGTH } from "../defaults.ts";
import { RpcError } from "../errors.ts";
import { encodeCall } from "../frame.ts";
import { AttemptTrail, type TrackedAttempt } from "../observability/attempt-trail.ts";
import { type CallSpan, NO_TRACE, type TraceContext } from "../observability/call-tracer.ts";
import { readTraceContext } from "../observability/trace-context.ts";
import { wellFormed } from "../well-formed.ts";
import type { ResponseHeader } from "../wire/call.gen.ts";
import type { AttemptAction, CallEvent, CallStart } from "./call-event.ts";
import { commonHeader, ownHeader } from "./call-header.ts";
import type { CallOptions } from "./call-options.ts";
import { type OutgoingRequests, singleRequest } from "./outgoing-requests.ts";
import { requirePositive } from "./require-positive.ts";

const NO_METADATA: readonly [] = [];
const NO_BODY: Uint8Array = new Uint8Array();

/** One life of a node. */
export interface ProcessId {
  readonly nodeId: NodeId;
  readonly bootId: string;
}

/** One operation of a caller: what is sent, until when, and what has become of it so far. */
export class OutgoingCall implements CallStart {
  readonly service: string;
  readonly shape: CallShape;
  readonly version: string;
  readonly deadlineMs: number;
  readonly codec: Codec;
  /** May the handler of an earlier attempt have started? */
  delivered: Delivered = "never";
  /** The process that may have started the call, and alone may be asked again. */
  boundTo: ProcessId | undefined;
  /** The last failure, to be told if nothing better comes. */
  lastError: unknown;
  retries = 0;
  moves = 0;
  hedges = 0;
  provider: NodeId | undefined;
  /** The encoded request, of a call with a single one. */
  body: Uint8Array = NO_BODY;
  /**
   * A response out of its bytes; a promise only if that takes time. What it throws is the outcome of
   * the attempt.
   */
  read: (body: Uint8Array) => unknown = (body) => body;
  /** How the requests are said on each attempt. */
  requests: OutgoingRequests = singleRequest;
  /** Any number of responses comes, not one. */
  readonly isAnsweredByStream: boolean;
  /** What came behind the answer. */
  trailers: ResponseHeader["metadata"] = NO_METADATA;
  requestMessages = 0;
  requestBytes = 0;
  responseMessages = 0;
  responseBytes = 0;
  /** The call in a trace, if somebody makes one. */
  span: CallSpan | undefined;
  /** What it was given of a trace. */
  readonly trace: TraceContext;
  readonly #clock: Clock;
  readonly #contract: Pick<AnyContract, "name" | "version" | "shape">;
  readonly #options: CallOptions;
  readonly #startedAt: number;
  readonly #trail: AttemptTrail;

  constructor(
    clock: Clock,
    contract: Pick<AnyContract, "name" | "version" | "shape">,
    codec: Codec,
    options: CallOptions,
  ) {
    this.#clock = clock;
    this.#contract = contract;
    this.service = contract.name;
    this.version = contract.version;
    this.codec = codec;
    this.isAnsweredByStream = hasResponseStream(contract);
    this.shape = contract.shape;
    this.#options = options;
    this.trace =
      options.traceparent === undefined
        ? NO_TRACE
        : readTraceContext(options.traceparent, options.tracestate);
    this.#trail = new AttemptTrail(clock);
    this.deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
    requirePositive("deadlineMs", this.deadlineMs);
    const { idempotencyKey = "" } = options;
    if (typeof idempotencyKey !== "string") {
      throw new TypeError(`idempotencyKey must be a text, got ${typeof idempotencyKey}`);
    }
    if (idempotencyKey.length > MAX_IDEMPOTENCY_KEY_LENGTH) {
      throw new RangeError(
        `idempotencyKey has at most ${MAX_IDEMPOTENCY_KEY_LENGTH} characters, got ${idempotencyKey.length}`,
      );
    }
    if (wellFormed(idempotencyKey) !== idempotencyKey) {
      throw new RpcError("bad-request", "idempotencyKey has half a surrogate pair");
    }
    this.#startedAt = clock.now();
  }

  /** Milliseconds left. */
  remainingMs(now: number = this.#clock.now()): number {
    return this.#startedAt + this.deadlineMs - now;
  }

  /** The request as it leaves now in an attempt: it carries the time that is left. */
  message(attempt?: Pick<TrackedAttempt, "span">): Uint8Array {
    const { metadata, idempotencyKey } = this.#options;
    const { traceparent, tracestate } = attempt?.span ?? this.trace;
    const deadlineMs = Number.isFinite(this.deadlineMs) ? Math.max(1, this.remainingMs()) : 0;
    const words = { metadata, idempotencyKey, traceparent, tracestate };
    return encodeCall(commonHeader(this.#contract), deadlineMs, ownHeader(words), this.body);
  }

  /** Notes an attempt that begins. */
  beginAttempt(provider: NodeId, action: AttemptAction): TrackedAttempt {
    return this.#trail.begin(provider, action, this.span);
  }

  /** Notes an attempt that ended; the first end counts. */
  endAttempt(attempt: TrackedAttempt, outcome: string): void {
    this.#trail.end(attempt, outcome);
  }

  /** Counts a request that the caller gave. */
  countRequest(body: Uint8Array): void {
    this.requestMessages++;
    this.requestBytes += body.length;
  }

  /** Counts a response that came. */
  countResponse(body: Uint8Array): void {
    this.responseMessages++;
    this.responseBytes += body.length;
  }

  /** The record of the whole call, at its end. */
  event(failure?: { readonly error: unknown }): CallEvent {
    const outcome = failure === undefined ? "ok" : outcomeOf(failure.error);
    this.#trail.close(failure === undefined ? "superseded" : outcome);
    return {
      service: this.service,
      shape: this.shape,
      outcome,
      provider: this.provider,
      startedAt: this.#startedAt,
      durationMs: this.#clock.now() - this.#startedAt,
      retries: this.retries,
      moves: this.moves,
      hedges: this.hedges,
      attempts: this.#trail.attempts,
      omittedAttempts: this.#trail.omitted,
      requestMessages: this.requestMessages,
      requestBytes: this.requestBytes,
      responseMessages: this.responseMessages,
      responseBytes: this.responseBytes,
      traceparent: (this.span ?? this.trace).traceparent,
    };
  }
}

/** The kind of an error, for records. */
export function outcomeOf(error: unknown): string {
  return isSelvageError(error) ? error.kind : "cancelled";
}
