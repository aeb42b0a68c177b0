import type { NodeId } from "@selvage/core";

import type { AttemptAction, AttemptRecord, CallEvent, CallStart } from "../client/call-event.ts";
import type { AttemptSpan, CallSpan, CallTracer, ServedSpan, TraceContext } from "./call-tracer.ts";
import {
  type OtelApi,
  type OtelAttributes,
  type OtelContext,
  type OtelSpan,
  type OtelTracer,
  SPAN_KIND,
  STATUS_ERROR,
} from "./open-telemetry-api.ts";
import { isServerError, outcomeAttributes, RPC_SYSTEM } from "./open-telemetry-attributes.ts";
import type { ServedCallEvent } from "./served-call.ts";
import { formatTraceparent, parseTraceparent } from "./trace-context.ts";

/** The name under which spans are made. */
const INSTRUMENTATION = "@selvage/nrpc";

/**
 * Makes OpenTelemetry spans of calls: one of the call (`INTERNAL`), in it one per attempt
 * (`CLIENT`), and at the provider one of the handler (`SERVER`) in that of its attempt. Handlers run
 * with their span active, so whatever they call is within it. `api` is the module
 * `@opentelemetry/api`; a tracer of its global provider is used unless one is given.
 *
 * A call is made in the trace that it was given, or else in the active one.
 */
export function createOpenTelemetryTracer(
  api: OtelApi,
  tracer: OtelTracer = api.trace.getTracer(INSTRUMENTATION),
): CallTracer {
  return {
    startCall(start, parent) {
      const inside = contextOf(api, parent);
      const attributes = describe(start);
      const kind = SPAN_KIND.internal;
      const span = tracer.startSpan(start.service, { kind, attributes }, inside);
      return new OtelCallSpan({ api, tracer }, start, parent, span);
    },
    startServed(start, parent) {
      const inside = contextOf(api, parent);
      const attributes = { ...describe(start), "nrpc.caller": start.caller };
      const kind = SPAN_KIND.server;
      const span = tracer.startSpan(start.service, { kind, attributes }, inside);
      return new OtelServedSpan(api, inside, parent, span);
    },
  };
}

/** What spans are made with. */
interface Parts {
  readonly api: OtelApi;
  readonly tracer: OtelTracer;
}

class OtelCallSpan implements CallSpan {
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly #parts: Parts;
  readonly #start: CallStart;
  readonly #span: OtelSpan;
  readonly #context: OtelContext;

  constructor(parts: Parts, start: CallStart, parent: TraceContext, span: OtelSpan) {
    const { api } = parts;
    this.#parts = parts;
    this.#start = start;
    this.#span = span;
    this.#context = api.trace.setSpan(api.context.active(), span);
    ({ traceparent: this.traceparent, tracestate: this.tracestate } = traceOf(span, parent));
  }

  startAttempt(provider: NodeId, action: AttemptAction): AttemptSpan {
    const attributes = {
      ...describe(this.#start),
      "nrpc.provider": provider,
      "nrpc.attempt.action": action,
    };
    const kind = SPAN_KIND.client;
    const { service } = this.#start;
    const span = this.#parts.tracer.startSpan(service, { kind, attributes }, this.#context);
    return {
      ...traceOf(span, this),
      end({ outcome }: AttemptRecord): void {
        close(span, outcome, outcome !== "ok");
      },
    };
  }

  end({ outcome, moves, retries, hedges, provider }: CallEvent): void {
    close(this.#span, outcome, outcome !== "ok", {
      "nrpc.moves": moves,
      "nrpc.retries": retries,
      "nrpc.hedges": hedges,
      ...(provider !== undefined && { "nrpc.provider": provider }),
    });
  }
}

class OtelServedSpan implements ServedSpan {
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly #api: OtelApi;
  readonly #span: OtelSpan;
  readonly #context: OtelContext;

  constructor(api: OtelApi, inside: OtelContext, parent: TraceContext, span: OtelSpan) {
    this.#api = api;
    this.#span = span;
    this.#context = api.trace.setSpan(inside, span);
    ({ traceparent: this.traceparent, tracestate: this.tracestate } = traceOf(span, parent));
  }

  run<T>(fn: () => T): T {
    return this.#api.context.with(this.#context, fn);
  }

  end({ outcome }: ServedCallEvent): void {
    close(this.#span, outcome, isServerError(outcome));
  }
}

/** The active context, or one within what was given, if that is another span. */
function contextOf(api: OtelApi, { traceparent, tracestate }: TraceContext): OtelContext {
  const active = api.context.active();
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  if (parent === undefined) return active;
  const { traceId, spanId, flags } = parent;
  const current = api.trace.getSpan(active)?.spanContext();
  if (current?.traceId === traceId && current.spanId === spanId) return active;
  const state = tracestate === undefined ? undefined : api.createTraceState(tracestate);
  return api.trace.setSpanContext(active, {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: true,
    ...(state && { traceState: state }),
  });
}

/** What names a span to others; one that nobody records has no name, and the parent's is passed on. */
function traceOf(span: OtelSpan, parent: TraceContext): TraceContext {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const traceparent = formatTraceparent({ traceId, spanId, flags: traceFlags });
  if (parseTraceparent(traceparent) === undefined) return pick(parent);
  return { traceparent, tracestate: traceState?.serialize() };
}

const pick = ({ traceparent, tracestate }: TraceContext): TraceContext => ({
  traceparent,
  tracestate,
});

function describe({ service, shape }: CallStart): OtelAttributes {
  return {
    "rpc.system": RPC_SYSTEM,
    "rpc.system.name": RPC_SYSTEM,
    "rpc.service": service,
    "rpc.method": service,
    "nrpc.shape": shape,
  };
}

function close(
  span: OtelSpan,
  outcome: string,
  isError: boolean,
  attributes: OtelAttributes = {},
): void {
  span.setAttributes({ ...attributes, ...outcomeAttributes(outcome) });
  if (isError) span.setStatus({ code: STATUS_ERROR, message: outcome });
  span.end();
}
