/**
 * Watches targets: probes them at intervals and says which are healthy.
 *
 * @packageDocumentation
 */
export { HealthChecker, type HealthCheckerConfig, type HealthProbe } from "./health-checker.ts";
export type { HealthEvent, HealthState, HealthStatus } from "./health-status.ts";
export {
  DEFAULT_HEALTHY_AFTER,
  DEFAULT_INTERVAL_MS,
  DEFAULT_PROBE_TIMEOUT_MS,
  DEFAULT_UNHEALTHY_AFTER,
} from "./defaults.ts";
