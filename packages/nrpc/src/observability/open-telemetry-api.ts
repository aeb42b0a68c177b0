// What is used of `@opentelemetry/api`, said in our own words: users bring the version they have.

/** What the API calls a context: only handed on. */
export type OtelContext = unknown;

/** Attributes of spans and measurements. */
export interface OtelAttributes {
  [name: string]: string | number | boolean;
}

/** What names a span. */
export interface OtelSpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
  readonly traceState?: OtelTraceState;
}

/** What several vendors say of one trace. */
export interface OtelTraceState {
  serialize(): string;
}

/** A span. */
export interface OtelSpan {
  spanContext(): OtelSpanContext;
  setAttributes(attributes: OtelAttributes): unknown;
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  end(): void;
}

/** What makes spans. */
export interface OtelTracer {
  startSpan(
    name: string,
    options?: { readonly kind?: number; readonly attributes?: OtelAttributes },
    context?: OtelContext,
  ): OtelSpan;
}

/** The module `@opentelemetry/api` as a whole. */
export interface OtelApi {
  readonly trace: {
    getTracer(name: string, version?: string): OtelTracer;
    getSpan(context: OtelContext): OtelSpan | undefined;
    setSpan(context: OtelContext, span: OtelSpan): OtelContext;
    setSpanContext(context: OtelContext, spanContext: OtelSpanContext): OtelContext;
  };
  readonly context: {
    active(): OtelContext;
    with<T>(context: OtelContext, fn: () => T): T;
  };
  createTraceState(raw?: string): OtelTraceState;
}

/** What measurements are made of. */
export interface OtelMeter {
  createHistogram(name: string, options?: OtelInstrumentOptions): OtelHistogram;
  createCounter(name: string, options?: OtelInstrumentOptions): OtelCounter;
}

/** How an instrument is described. */
export interface OtelInstrumentOptions {
  readonly description?: string;
  readonly unit?: string;
  readonly advice?: { explicitBucketBoundaries?: number[] };
}

/** Sorts values into buckets. */
export interface OtelHistogram {
  record(value: number, attributes?: OtelAttributes): void;
}

/** Adds values up. */
export interface OtelCounter {
  add(value: number, attributes?: OtelAttributes): void;
}

/** `SpanKind` of the API. */
export const SPAN_KIND = { internal: 0, server: 1, client: 2 } as const;
/** `SpanStatusCode.ERROR` of the API. */
export const STATUS_ERROR = 2;
