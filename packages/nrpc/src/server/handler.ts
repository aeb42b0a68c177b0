import type { Predicate } from "@selvage/capability-index";
import type { NodeId } from "@selvage/core";
import type { EntityId } from "@selvage/identity";

import type { AnyContract, HandlerRequestOf, HandlerResponseOf } from "../contract.ts";
import type { AllowedCallers } from "./caller.ts";

/** What a handler knows of the call it runs for. */
export interface CallContext {
  readonly service: string;
  /** The authenticated caller. */
  readonly caller: NodeId;
  /** The caller's key; `undefined` once there is no session with it any more. */
  readonly callerEntity: EntityId | undefined;
  /**
   * Aborts when the caller cancels or gives up (the reason is an `RpcError` of kind `cancelled`),
   * is lost (`unavailable`), or the deadline passes (`timeout`). Pass it on to whatever the handler
   * waits for; calls with this context as their `parent` heed it. A unary call that names an
   * idempotency key outlives a lost caller, who may come again for the answer.
   */
  readonly signal: AbortSignal;
  /** Milliseconds left until the caller gives up; `Infinity` if it never does. */
  remainingMs(): number;
  readonly metadata: ReadonlyMap<string, string>;
  /**
   * The predicate that the caller sent along, for handlers that select something by it.
   *
   * @throws CapabilityError with kind `bad-predicate` if it cannot be read: let it through, and the
   * caller hears of it.
   */
  where(): Predicate | undefined;
  /**
   * Given by callers whose repetitions must be recognised. Those of unary calls are, and start no
   * handler; in the other shapes that is the handler's business.
   */
  readonly idempotencyKey: string | undefined;
  /**
   * W3C trace context of the call: the caller's, as far as it can be read, or that of the span of a
   * tracer here.
   */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** Sent behind the answer, or the error. */
  readonly trailers: Map<string, string>;
}

/** What a handler gets: one request, or all that come. Those can be iterated once. */
export type HandlerInput<C extends AnyContract> = C["shape"] extends "unary" | "server-stream"
  ? HandlerRequestOf<C>
  : AsyncIterable<HandlerRequestOf<C>>;
/** What a handler answers: one response, or any number, taken as fast as the caller reads. */
export type HandlerOutput<C extends AnyContract> = C["shape"] extends "unary" | "client-stream"
  ? HandlerResponseOf<C> | Promise<HandlerResponseOf<C>>
  : AsyncIterable<HandlerResponseOf<C>> | Iterable<HandlerResponseOf<C>>;

/** Answers calls of a service. Throw an `ApplicationError` to answer with an error. */
export type Handler<C extends AnyContract> = (
  request: HandlerInput<C>,
  context: CallContext,
) => HandlerOutput<C>;

/** A handler of whatever shape, as the server runs it. */
export type AnyHandler = (request: unknown, context: CallContext) => unknown;

/** Options of serving a service. */
export interface ServeOptions {
  /** Priority class: callers use lower classes first. Default 0. */
  readonly priority?: number | undefined;
  /** Share of the calls within the class. Default 1. */
  readonly weight?: number | undefined;
  /** Calls run at once; more are queued, or answered `backpressure`. Default 1,024. */
  readonly maxInFlight?: number | undefined;
  /**
   * Calls that may wait for one of those to end, first come first served and within their deadlines;
   * more are answered `backpressure`. Default 0: callers had better go to another provider.
   */
  readonly queue?: number | undefined;
  /** Who may call; asked before anything else is looked at. Default everybody in the mesh. */
  readonly allow?: AllowedCallers | undefined;
}

/** The names of {@link ServeOptions}. */
export const SERVE_OPTIONS: ReadonlySet<string> = new Set(
  Object.keys({
    priority: true,
    weight: true,
    maxInFlight: true,
    queue: true,
    allow: true,
  } satisfies Record<keyof ServeOptions, true>),
);

/** A service being served. */
export interface ServeHandle extends AsyncDisposable {
  readonly service: string;
  /** Calls running now. */
  readonly inFlight: number;
  /** Calls waiting for a slot now. */
  readonly queued: number;
  /**
   * Takes no new call (callers turn elsewhere, those in the queue too) and waits for the running
   * ones. Idempotent.
   */
  close(): Promise<void>;
}
