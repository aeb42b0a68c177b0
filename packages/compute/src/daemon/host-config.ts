import {
  DEFAULT_LAG_THRESHOLD_MS,
  DEFAULT_MAX_EVENT_BYTES,
  DEFAULT_MAX_OUTCOME_BYTES,
  DEFAULT_MAX_OUTCOMES_PER_PRODUCER,
  DEFAULT_MAX_OUTPUT_BYTES,
  DEFAULT_MAX_PRODUCERS,
  DEFAULT_MAX_STATE_BYTES,
  MAX_FRAME_BYTES,
  MAX_OUTCOME_BYTES,
  MAX_OUTCOMES_PER_PRODUCER,
  MAX_PRODUCERS,
  MAX_STATE_BYTES,
} from "../defaults.ts";

/** Configuration of a {@link DaemonHost}. All copies of a daemon must have the same. */
export interface DaemonHostConfig {
  /** The largest state, in bytes; default {@link DEFAULT_MAX_STATE_BYTES}. */
  readonly maxStateBytes?: number | undefined;
  /** The largest payload of an event, in bytes; default {@link DEFAULT_MAX_EVENT_BYTES}. */
  readonly maxEventBytes?: number | undefined;
  /** All outputs of one event, in bytes; default {@link DEFAULT_MAX_OUTPUT_BYTES}. */
  readonly maxOutputBytes?: number | undefined;
  /** Producers remembered at once; default {@link DEFAULT_MAX_PRODUCERS}. */
  readonly maxProducers?: number | undefined;
  /** Outcomes remembered of each; default {@link DEFAULT_MAX_OUTCOMES_PER_PRODUCER}. */
  readonly maxOutcomesPerProducer?: number | undefined;
  /** Outcomes remembered of all together, in bytes; default {@link DEFAULT_MAX_OUTCOME_BYTES}. */
  readonly maxOutcomeBytes?: number | undefined;
  /**
   * How long `process` may take before it is reported, in milliseconds; default
   * {@link DEFAULT_LAG_THRESHOLD_MS}.
   */
  readonly lagThresholdMs?: number | undefined;
}

/** A configuration without holes. */
export type HostSettings = { readonly [K in keyof DaemonHostConfig]-?: number };

/**
 * Fills in the defaults.
 *
 * @throws RangeError for a number that makes no sense, naming it.
 */
export function resolveHostConfig(config: DaemonHostConfig): HostSettings {
  const settings: HostSettings = {
    maxStateBytes: whole(
      "maxStateBytes",
      config.maxStateBytes ?? DEFAULT_MAX_STATE_BYTES,
      MAX_STATE_BYTES,
    ),
    maxEventBytes: whole("maxEventBytes", config.maxEventBytes ?? DEFAULT_MAX_EVENT_BYTES),
    maxOutputBytes: whole(
      "maxOutputBytes",
      config.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES,
      MAX_FRAME_BYTES / 2,
    ),
    maxProducers: whole(
      "maxProducers",
      config.maxProducers ?? DEFAULT_MAX_PRODUCERS,
      MAX_PRODUCERS,
    ),
    maxOutcomesPerProducer: whole(
      "maxOutcomesPerProducer",
      config.maxOutcomesPerProducer ?? DEFAULT_MAX_OUTCOMES_PER_PRODUCER,
      MAX_OUTCOMES_PER_PRODUCER,
    ),
    maxOutcomeBytes: whole(
      "maxOutcomeBytes",
      config.maxOutcomeBytes ?? DEFAULT_MAX_OUTCOME_BYTES,
      MAX_OUTCOME_BYTES,
    ),
    lagThresholdMs: config.lagThresholdMs ?? DEFAULT_LAG_THRESHOLD_MS,
  };
  if (!(settings.lagThresholdMs >= 0)) {
    throw new RangeError(`lagThresholdMs must be at least 0, got ${settings.lagThresholdMs}`);
  }
  // Else the outcome of the event just applied might be forgotten at once.
  if (settings.maxOutcomeBytes < 2 * settings.maxOutputBytes) {
    throw new RangeError(
      `maxOutcomeBytes must be at least twice maxOutputBytes (${settings.maxOutputBytes}), ` +
        `got ${settings.maxOutcomeBytes}`,
    );
  }
  return settings;
}

function whole(name: string, value: number, limit: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= limit) return value;
  throw new RangeError(`${name} must be a whole number from 1 to ${limit}, got ${value}`);
}
