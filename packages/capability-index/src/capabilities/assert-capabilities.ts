import type { CapabilitySet } from "./capability-set.ts";

/**
 * Tells callers without types what to pass. One from another copy of this package is as good.
 *
 * @throws TypeError unless it is a {@link CapabilitySet}.
 */
export function assertCapabilities(value: unknown): asserts value is CapabilitySet {
  const { withTags }: Partial<CapabilitySet> = Object(value) as object;
  if (typeof withTags === "function") return;
  const got = Array.isArray(value) ? "a list" : typeof value;
  throw new TypeError(
    `capabilities must be a CapabilitySet (CapabilitySet.from does it), got ${got}`,
  );
}
