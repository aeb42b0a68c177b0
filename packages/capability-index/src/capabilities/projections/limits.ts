import type { SortedTags } from "../sorted-tags.ts";
import { U32, wholeNumber } from "./field.ts";
import { type Fields, type Given, readRecord, writeRecord } from "./record.ts";
import { scanValues } from "./scan.ts";

/** What a node takes; 0 where it does not say. */
export interface CapabilityLimits {
  readonly maxConcurrentRequests: number;
  readonly maxTokensPerRequest: number;
  /** In requests per minute. */
  readonly rateLimitRpm: number;
  readonly maxBatchSize: number;
  readonly maxInputBytes: number;
  readonly maxOutputBytes: number;
}

/** {@link CapabilityLimits} as they are given to a set: what is left out goes without saying. */
export type CapabilityLimitsConfig = Given<CapabilityLimits>;

/** How limits are written, after {@link LIMITS_START}. */
export const limitsFields: Fields<CapabilityLimits> = {
  maxConcurrentRequests: wholeNumber("max_concurrent_requests", U32),
  maxTokensPerRequest: wholeNumber("max_tokens_per_request", U32),
  rateLimitRpm: wholeNumber("rate_limit_rpm", U32),
  maxBatchSize: wholeNumber("max_batch_size", U32),
  maxInputBytes: wholeNumber("max_input_bytes", U32),
  maxOutputBytes: wholeNumber("max_output_bytes", U32),
};

/** How every tag of a limit begins. */
export const LIMITS_START = "hardware.limits.";

/** Whether a tag says something of the limits. */
export function isLimitsTag(tag: string): boolean {
  return tag.startsWith(LIMITS_START);
}

/** The tags of limits. */
export function writeLimits(limits: CapabilityLimitsConfig): string[] {
  return writeRecord(limitsFields, limits, LIMITS_START, "limits");
}

/** The limits that tags tell of. */
export function readLimits(tags: SortedTags): CapabilityLimits {
  return readRecord(limitsFields, scanValues(tags, LIMITS_START));
}
