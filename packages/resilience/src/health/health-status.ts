/** What is thought of a target. `unknown` until the first good probe or enough failed ones. */
export type HealthState = "unknown" | "healthy" | "unhealthy";

/** What is known about a target; a snapshot. */
export interface HealthStatus<Id> {
  readonly id: Id;
  readonly state: HealthState;
  /** Failed probes in a row. */
  readonly failures: number;
  /** Good probes in a row. */
  readonly successes: number;
  /** How long the last probe took, in milliseconds; `undefined` before the first. */
  readonly tookMs: number | undefined;
  /** What the last probe failed with; `undefined` if it was good or answered `false`. */
  readonly error: unknown;
}

/** Something happened to a target. */
export type HealthEvent<Id> =
  | { readonly type: "probe"; readonly ok: boolean; readonly status: HealthStatus<Id> }
  | { readonly type: "change"; readonly from: HealthState; readonly status: HealthStatus<Id> };

/** How many probes in a row change what is thought of a target. */
export interface HealthThresholds {
  readonly unhealthyAfter: number;
  readonly healthyAfter: number;
}

/**
 * What is thought of a target after one more probe. One good answer is enough for a target that is
 * not known to be ill, one that is must prove itself: otherwise it would flap.
 */
export function judge<Id>(
  before: HealthStatus<Id>,
  { unhealthyAfter, healthyAfter }: HealthThresholds,
  { ok, tookMs, error }: { ok: boolean; tookMs: number; error: unknown },
): HealthStatus<Id> {
  const failures = ok ? 0 : before.failures + 1;
  const successes = ok ? before.successes + 1 : 0;
  let { state } = before;
  if (failures >= unhealthyAfter) state = "unhealthy";
  if (successes >= (state === "unhealthy" ? healthyAfter : 1)) state = "healthy";
  return { id: before.id, state, failures, successes, tookMs, error };
}
