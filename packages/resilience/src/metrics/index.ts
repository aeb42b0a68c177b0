/**
 * Counts calls: totals, error rate, latencies and throughput.
 *
 * @packageDocumentation
 */
export {
  CallMetrics,
  type CallMetricsConfig,
  type CallSample,
  type CallSummary,
  type MetricsContext,
} from "./call-metrics.ts";
export type { LatencySummary } from "./latency-histogram.ts";
