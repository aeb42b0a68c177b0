import type { SubnetId } from "./subnet-id.ts";

/**
 * Whether two nodes count as being in one subnet. While one of them is unknown, yes where a policy
 * will tell in time, and no without one: otherwise everybody would.
 */
export function isSameSubnet(
  own: SubnetId | undefined,
  candidate: SubnetId | undefined,
  hasPolicy: boolean,
): boolean {
  return own === undefined || candidate === undefined ? hasPolicy : own === candidate;
}
