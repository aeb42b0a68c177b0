import { MAX_BLOB_HEAT_TAGS } from "../defaults.ts";
import { chainOf } from "../tags/reserved/chain.ts";
import { heatOf } from "../tags/reserved/heat.ts";
import type { CapabilitySet } from "./capability-set.ts";

/**
 * A received set without the heat that its node has no business to speak of: of chains that it does
 * not say it holds, and of more than {@link MAX_BLOB_HEAT_TAGS} blobs, the first in the order of the
 * tags. The same set if there is nothing to leave out.
 */
export function authorisedHeat(capabilities: CapabilitySet): CapabilitySet {
  const heated = capabilities.tags.filter((tag) => heatOf(tag) !== undefined);
  if (heated.length === 0) return capabilities;
  const held = new Set(capabilities.tags.map(chainOf));
  let blobs = 0;
  const refused = heated.filter((tag) => {
    const of = heatOf(tag);
    return of?.kind === "blob" ? ++blobs > MAX_BLOB_HEAT_TAGS : !held.has(of?.hash);
  });
  return refused.length === 0 ? capabilities : capabilities.withoutTags(...refused);
}
