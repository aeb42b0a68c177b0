/**
 * How calls are seen: metrics, their text for Prometheus, adapters for `prom-client` and
 * OpenTelemetry, and W3C trace context.
 *
 * @packageDocumentation
 */
export {
  type MadeCallSource,
  RpcMetrics,
  type RpcMetricsConfig,
  type RpcMetricsSnapshot,
  type RpcMetricsSources,
  type ServedCallSource,
} from "./rpc-metrics.ts";
export type { MadeCallMetrics } from "./made-calls.ts";
export type { ServedCallMetrics } from "./served-calls.ts";
export { LATENCY_BUCKETS_SECONDS, type LatencySnapshot } from "./latency-histogram.ts";

export { DEFAULT_METRIC_PREFIX, type PrometheusOptions, toPrometheus } from "./prometheus.ts";
export {
  type PromClientMetric,
  type PromClientOptions,
  type PromClientRegistry,
  registerRpcMetrics,
} from "./prom-client.ts";
export { createOpenTelemetryTracer } from "./open-telemetry-tracer.ts";
export { type CallEventSources, recordOpenTelemetryMetrics } from "./open-telemetry-metrics.ts";
export type {
  OtelApi,
  OtelAttributes,
  OtelContext,
  OtelCounter,
  OtelHistogram,
  OtelInstrumentOptions,
  OtelMeter,
  OtelSpan,
  OtelSpanContext,
  OtelTracer,
  OtelTraceState,
} from "./open-telemetry-api.ts";

export {
  cleanTracestate,
  formatTraceparent,
  parseTraceparent,
  type TraceParent,
} from "./trace-context.ts";
export { MAX_METRIC_SERVICES, OVERFLOW_SERVICE, UNKNOWN_SERVICE } from "../defaults.ts";
