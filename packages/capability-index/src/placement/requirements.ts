import type { CapabilitySet } from "../capabilities/capability-set.ts";
import { parseNumber } from "../predicate/numeric.ts";
import type { Artifact } from "./artifact.ts";
import type { PlacementVeto } from "./placement-filter.ts";

/** What an artifact cannot do without, and a node lacks, whatever else speaks for it. */
export function missingAt(
  capabilities: CapabilitySet,
  artifact: Artifact,
): PlacementVeto | undefined {
  if (artifact.kind === "daemon") {
    const hasAll = artifact.required.tags.every((tag) => capabilities.has(tag));
    return hasAll ? undefined : "required-tags";
  }
  if (artifact.kind === "blob") {
    return takesBlob(capabilities, artifact.sizeBytes) ? undefined : "blob-storage";
  }
  return undefined;
}

const GIB = 1_073_741_824;

function takesBlob(capabilities: CapabilitySet, sizeBytes: number): boolean {
  const neededGb = Math.ceil(sizeBytes / GIB);
  return (
    capabilities.hasKey("dataforts", "blob.storage") &&
    !capabilities.hasKey("dataforts", "blob.unhealthy") &&
    capabilities
      .values("dataforts", "blob.disk_free_gb")
      .some((free) => parseNumber(free) >= neededGb)
  );
}
