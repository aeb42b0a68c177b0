import { PROTOCOL_VERSION } from "../packet/header.ts";

/** The protocol versions that a node speaks, both ends included. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** What this implementation speaks. */
export const OWN_VERSIONS: VersionRange = { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION };

/** Whether this implementation speaks a version. */
export function isSpoken(version: number): boolean {
  return OWN_VERSIONS.min <= version && version <= OWN_VERSIONS.max;
}

/** The version that two nodes speak with each other: the highest common one, if there is any. */
export function highestCommon(one: VersionRange, other: VersionRange): number | undefined {
  const version = Math.min(one.max, other.max);
  return version >= Math.max(one.min, other.min) ? version : undefined;
}

/** A range in words. */
export function describeVersions({ min, max }: VersionRange): string {
  return min === max ? `version ${min}` : `versions ${min} to ${max}`;
}
