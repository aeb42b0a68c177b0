import type { NodeId } from "@selvage/core";

import type { HandlerRequestOf, HandlerResponseOf, ServiceContract } from "../contract.ts";

/** What a handler knows of the call it runs for. */
export interface CallContext {
  readonly service: string;
  /** The authenticated caller. */
  readonly caller: NodeId;
  /**
   * Aborts when the caller cancels or gives up (the reason is an `RpcError` of kind `cancelled`),
   * is lost (`unavailable`), or the deadline passes (`timeout`). Pass it on to whatever the handler
   * waits for.
   */
  readonly signal: AbortSignal;
  /** Milliseconds left until the caller gives up; `Infinity` if it never does. */
  remainingMs(): number;
  readonly metadata: ReadonlyMap<string, string>;
  /** Given by callers whose repetitions must be recognised. */
  readonly idempotencyKey: string | undefined;
  /** W3C trace context of the caller. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/** Answers calls of a service. Throw an `ApplicationError` to answer with an error. */
export type Handler<C extends ServiceContract> = (
  request: HandlerRequestOf<C>,
  context: CallContext,
) => HandlerResponseOf<C> | Promise<HandlerResponseOf<C>>;

/** Options of serving a service. */
export interface ServeOptions {
  /** Priority class: callers use lower classes first. Default 0. */
  readonly priority?: number | undefined;
  /** Share of the calls within the class. Default 1. */
  readonly weight?: number | undefined;
  /** Calls run at once; more are answered `backpressure`. Default 1,024. */
  readonly maxInFlight?: number | undefined;
  /** Who may call; default everybody in the mesh. */
  readonly allow?: ((caller: NodeId) => boolean) | undefined;
}

/** A service being served. */
export interface ServeHandle extends AsyncDisposable {
  readonly service: string;
  /** Calls running now. */
  readonly inFlight: number;
  /**
   * Takes no new call (callers turn elsewhere) and waits for the running ones. Idempotent.
   */
  close(): Promise<void>;
}
