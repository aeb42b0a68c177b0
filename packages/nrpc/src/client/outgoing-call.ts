import type { Clock, Delivered, NodeId } from "@selvage/core";
import { isSelvageError } from "@selvage/core";

import { CALL_SHAPES, hasResponseStream } from "../call-shape.ts";
import type { Codec } from "../codec.ts";
import type { AnyContract } from "../contract.ts";
import { DEFAULT_DEADLINE_MS } from "../defaults.ts";
import { encodeCall } from "../frame.ts";
import type { ResponseHeader } from "../wire/call.gen.ts";
import type { AttemptRecord, CallEvent } from "./call-event.ts";
import type { CallOptions } from "./call-options.ts";
import { type OutgoingRequests, singleRequest } from "./outgoing-requests.ts";

const NO_METADATA: readonly [] = [];
const NO_BODY: Uint8Array = new Uint8Array();
/** The most attempts kept in a call's record. */
const MAX_RECORDED = 64;

/** One operation of a caller: what is sent, until when, and what has become of it so far. */
export class OutgoingCall {
  readonly service: string;
  readonly version: string;
  readonly deadlineMs: number;
  readonly codec: Codec;
  /** May the handler of an earlier attempt have started? */
  delivered: Delivered = "never";
  /** The last failure, to be told if nothing better comes. */
  lastError: unknown;
  retries = 0;
  moves = 0;
  hedges = 0;
  provider: NodeId | undefined;
  /** The encoded request, of a call with a single one. */
  body: Uint8Array = NO_BODY;
  /** How the requests are said on each attempt. */
  requests: OutgoingRequests = singleRequest;
  /** Any number of responses comes, not one. */
  readonly isAnsweredByStream: boolean;
  /** What came behind the answer. */
  trailers: ResponseHeader["metadata"] = NO_METADATA;
  readonly #shape: number;
  readonly #clock: Clock;
  readonly #options: CallOptions;
  readonly #startedAt: number;
  readonly #attempts: AttemptRecord[] = [];

  constructor(
    clock: Clock,
    contract: Pick<AnyContract, "name" | "version" | "shape">,
    codec: Codec,
    options: CallOptions,
  ) {
    this.#clock = clock;
    this.service = contract.name;
    this.version = contract.version;
    this.codec = codec;
    this.isAnsweredByStream = hasResponseStream(contract);
    this.#shape = CALL_SHAPES.indexOf(contract.shape);
    this.#options = options;
    this.deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
    if (!(this.deadlineMs > 0)) {
      throw new RangeError(`deadlineMs must be a positive number, got ${this.deadlineMs}`);
    }
    this.#startedAt = clock.now();
  }

  /** Milliseconds left. */
  remainingMs(): number {
    return this.#startedAt + this.deadlineMs - this.#clock.now();
  }

  /** The request as it leaves now: it carries the time that is left. */
  message(): Uint8Array {
    const { metadata, idempotencyKey = "", traceparent = "", tracestate = "" } = this.#options;
    return encodeCall(
      {
        service: this.service,
        version: this.version,
        deadlineMs: Number.isFinite(this.deadlineMs) ? Math.max(1, this.remainingMs()) : 0,
        idempotencyKey,
        traceparent,
        tracestate,
        shape: this.#shape,
        metadata:
          metadata === undefined
            ? NO_METADATA
            : Object.entries(metadata).map(([name, value]) => ({ name, value })),
      },
      this.body,
    );
  }

  /** Notes an attempt that ended. */
  record(provider: NodeId, startedAt: number, outcome: string): void {
    if (outcome === "ok") this.provider = provider;
    if (this.#attempts.length >= MAX_RECORDED) return;
    const durationMs = this.#clock.now() - startedAt;
    this.#attempts.push({ provider, startedAt, durationMs, outcome });
  }

  /** The record of the whole call, at its end. */
  event(failure?: { readonly error: unknown }): CallEvent {
    return {
      service: this.service,
      outcome: failure === undefined ? "ok" : outcomeOf(failure.error),
      provider: this.provider,
      durationMs: this.#clock.now() - this.#startedAt,
      retries: this.retries,
      moves: this.moves,
      hedges: this.hedges,
      attempts: this.#attempts,
    };
  }
}

/** The kind of an error, for records. */
export function outcomeOf(error: unknown): string {
  return isSelvageError(error) ? error.kind : "cancelled";
}
