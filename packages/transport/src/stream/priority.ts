import { DEFAULT_STREAM_PRIORITY } from "../defaults.ts";

/** Urgencies run from 0, the most urgent, to this (RFC 9218 §4.1). */
export const LEAST_URGENT = 7;

/**
 * The priority given, or the default.
 *
 * @throws RangeError for anything but a whole number from 0 to 7.
 */
export function resolvePriority(given: number | undefined): number {
  if (given === undefined) return DEFAULT_STREAM_PRIORITY;
  if (!Number.isInteger(given) || given < 0 || given > LEAST_URGENT) {
    throw new RangeError(`priority must be a whole number from 0 to ${LEAST_URGENT}, got ${given}`);
  }
  return given;
}
