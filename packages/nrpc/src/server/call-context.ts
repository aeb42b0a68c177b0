import { type Predicate, readWhereHeader } from "@selvage/capability-index";
import type { Clock, NodeId } from "@selvage/core";
import type { EntityId } from "@selvage/identity";
import type { MessageStream, Transport, TransportError } from "@selvage/transport";

import type { Shaped } from "../call-shape.ts";
import { isRpcError, RpcError } from "../errors.ts";
import type { TraceContext } from "../observability/call-tracer.ts";
import { readTraceContext } from "../observability/trace-context.ts";
import { RESET_CANCELLED, RESET_GIVEN_UP } from "../reset-codes.ts";
import type { CallHeader } from "../wire/call.gen.ts";
import type { CallContext } from "./handler.ts";
import type { Arrival } from "./refusal.ts";

/** What a context works with. */
export interface ContextParts {
  readonly transport: Transport;
  readonly clock: Clock;
}

/** What a handler knows of its call; what it does not ask for is not made. */
export class IncomingContext implements CallContext {
  readonly #parts: ContextParts;
  readonly #stream: MessageStream;
  readonly #header: CallHeader;
  /** A bound function: handlers take their context apart. */
  readonly remainingMs = (): number => Math.max(0, this.#deadlineAt - this.#parts.clock.now());
  readonly where = (): Predicate | undefined => readWhereHeader(this.metadata);
  /** On our clock; the time that our loop stood still counts against it. */
  readonly #deadlineAt: number;
  /** Made when a handler asks for its signal: many never do, and it is dear. */
  #abort: AbortController | undefined;
  #deadline: Disposable | undefined;
  #isOver = false;
  #metadata: ReadonlyMap<string, string> | undefined;
  #trailers: Map<string, string> | undefined;
  #trace: TraceContext | undefined;

  /** Repeats of the call are recognised by its key. */
  readonly isReplayable: boolean;

  constructor(parts: ContextParts, { stream, header, arrivedAt }: Arrival, contract: Shaped) {
    this.#parts = parts;
    this.#stream = stream;
    this.#header = header;
    this.isReplayable = header.idempotencyKey !== "" && contract.shape === "unary";
    this.#deadlineAt =
      header.deadlineMs > 0 ? arrivedAt + header.deadlineMs : Number.POSITIVE_INFINITY;
  }

  get service(): string {
    return this.#header.service;
  }

  get caller(): NodeId {
    return this.#stream.nodeId;
  }

  get callerEntity(): EntityId | undefined {
    return this.#parts.transport.peer(this.caller)?.entityId;
  }

  get metadata(): ReadonlyMap<string, string> {
    this.#metadata ??= readMetadata(this.#header);
    return this.#metadata;
  }

  get idempotencyKey(): string | undefined {
    return given(this.#header.idempotencyKey);
  }

  get traceparent(): string | undefined {
    return this.trace.traceparent;
  }

  get tracestate(): string | undefined {
    return this.trace.tracestate;
  }

  /** What came with the call and can be read; or its span, once there is one. */
  get trace(): TraceContext {
    this.#trace ??= readTraceContext(this.#header.traceparent, this.#header.tracestate);
    return this.#trace;
  }

  set trace(trace: TraceContext) {
    this.#trace = trace;
  }

  get trailers(): Map<string, string> {
    this.#trailers ??= new Map();
    return this.#trailers;
  }

  /** What the handler left there, if it did. */
  get sentTrailers(): ReadonlyMap<string, string> | undefined {
    return this.#trailers;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const { clock } = this.#parts;
      const abort = new AbortController();
      this.#abort = abort;
      this.#stream.onFailure((error) => this.#onFailure(abort, error));
      // Once the handler has ended, nobody would stop the timer.
      if (this.#deadlineAt !== Number.POSITIVE_INFINITY && !this.#isOver) {
        const left = Math.max(0, this.#deadlineAt - clock.now());
        this.#deadline = clock.setTimeout(() => this.#expire(abort), left).unref();
      }
    }
    return this.#abort.signal;
  }

  /** What it means that a handler threw `error`, if it did so because it was told to stop. */
  abortedAs(error: unknown): "cancelled" | "timeout" | undefined {
    if (this.#abort?.signal.aborted !== true) return undefined;
    const reason: unknown = this.#abort.signal.reason;
    const isOurs = error === reason || (error instanceof Error && error.name === "AbortError");
    if (!isOurs) return undefined;
    return isRpcError(reason, "timeout") ? "timeout" : "cancelled";
  }

  /** The handler has ended. */
  end(): void {
    this.#isOver = true;
    this.#deadline?.[Symbol.dispose]();
  }

  #onFailure(abort: AbortController, error: TransportError): void {
    // Who names a key may come again for the answer.
    if (isTakenBack(error) || !this.isReplayable) abort.abort(this.#reasonOf(error));
  }

  /** Why the caller no longer wants an answer, in the words of calls. */
  #reasonOf(error: TransportError): RpcError {
    const { service, caller } = this;
    const isOwnWish =
      error.kind === "stream-reset" &&
      (error.code === RESET_CANCELLED || error.code === RESET_GIVEN_UP);
    const text = isOwnWish
      ? `node ${caller} took its call of "${service}" back`
      : `node ${caller} was lost during "${service}"`;
    const kind = isOwnWish ? "cancelled" : "unavailable";
    return new RpcError(kind, text, { cause: error, delivered: "maybe" });
  }

  #expire(abort: AbortController): void {
    const text = `the deadline of "${this.#header.service}" has passed`;
    abort.abort(new RpcError("timeout", text, { delivered: "maybe" }));
  }
}

/** The caller does not want the answer any more, and will not come again for it. */
export function isTakenBack({ kind, code }: TransportError): boolean {
  return kind === "stream-reset" && code === RESET_CANCELLED;
}

/** Of several entries with one name the first counts. */
function readMetadata({ metadata }: CallHeader): ReadonlyMap<string, string> {
  const byName = new Map<string, string>();
  for (const { name, value } of metadata) if (!byName.has(name)) byName.set(name, value);
  return byName;
}

/** An empty string on the wire says that nothing was given. */
const given = (text: string): string | undefined => (text === "" ? undefined : text);
