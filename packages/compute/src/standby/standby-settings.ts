import {
  DEFAULT_HOST_DEADLINE_MS,
  DEFAULT_LEASE_MS,
  DEFAULT_MAX_STANDBY_BYTES,
  DEFAULT_MAX_STANDBY_EVENTS,
  DEFAULT_STORE_TIMEOUT_MS,
} from "../defaults.ts";

/** What a standby group promises when its nodes cannot reach each other. */
export type StandbyMode =
  /** Goes on; what that loses comes back in reports. */
  | "available"
  /** Stops rather than lose anything; needs a {@link TermAuthority}. */
  | "fenced";

/** How the members of a standby group work together; the same at all of them. */
export interface StandbyConfig {
  readonly mode: StandbyMode;
  /** How many members, the active included, must hold an event before it is acknowledged. */
  readonly minInSync: number;
  /** How long a standby may take to store an event before the group goes on without it. */
  readonly storeTimeoutMs: number;
  /** How long moving a state may take. */
  readonly installTimeoutMs: number;
  /** How long an active may serve after it last renewed its term; for `fenced`. */
  readonly leaseMs: number;
  /** Events that a standby keeps unapplied before it gets a state instead. */
  readonly maxLogEvents: number;
  /** The same in bytes. */
  readonly maxLogBytes: number;
}

/**
 * Fills in the defaults: {@link DEFAULT_STORE_TIMEOUT_MS} and the like; `minInSync` is 2 from three
 * members on, else 1.
 *
 * @throws RangeError for a number that makes no sense, naming it.
 */
export function resolveStandbyConfig(
  members: number,
  config: { readonly [K in keyof StandbyConfig]?: StandbyConfig[K] | undefined } = {},
): StandbyConfig {
  const minInSync = config.minInSync ?? (members >= 3 ? 2 : 1);
  const settings: StandbyConfig = {
    mode: config.mode ?? "available",
    minInSync: whole("minInSync", minInSync, members),
    storeTimeoutMs: whole("storeTimeoutMs", config.storeTimeoutMs ?? DEFAULT_STORE_TIMEOUT_MS),
    installTimeoutMs: whole(
      "installTimeoutMs",
      config.installTimeoutMs ?? DEFAULT_HOST_DEADLINE_MS,
    ),
    leaseMs: whole("leaseMs", config.leaseMs ?? DEFAULT_LEASE_MS),
    maxLogEvents: whole("maxLogEvents", config.maxLogEvents ?? DEFAULT_MAX_STANDBY_EVENTS),
    maxLogBytes: whole("maxLogBytes", config.maxLogBytes ?? DEFAULT_MAX_STANDBY_BYTES),
  };
  return settings;
}

function whole(name: string, value: number, limit: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= limit) return value;
  throw new RangeError(`${name} must be a whole number from 1 to ${limit}, got ${value}`);
}
