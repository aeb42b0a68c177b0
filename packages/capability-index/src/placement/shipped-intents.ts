import type { CapabilitySet } from "../capabilities/capability-set.ts";
import { withPrefix } from "../capabilities/sorted-tags.ts";
import { compilePredicate } from "../predicate/compile.ts";
import { where } from "../predicate/where.ts";
import { matchesFilter } from "../query/filter.ts";
import type { Intent } from "./intent-registry.ts";

/**
 * The intents that every mesh understands: `ml-training` (a GPU, and 24 GB over all of them),
 * `inference` (a GPU, and any model), `cpu-bound` (four cores) and `sensor-telemetry` (any device).
 */
export const SHIPPED_INTENTS: ReadonlyMap<string, Intent> = new Map<string, Intent>([
  ["ml-training", (set) => matchesFilter({ requireGpu: true, minVramGb: 24 }, set)],
  // Models are announced as `model.<i>.id` and so on; no tag of theirs is just `model`.
  ["inference", (set) => set.isPresent("hardware", "gpu") && hasAny(set, "software.model.")],
  ["cpu-bound", compilePredicate(where.tag("hardware.cpu_cores").atLeast(4))],
  ["sensor-telemetry", (set) => hasAny(set, "devices.")],
]);

function hasAny({ tags }: CapabilitySet, prefix: string): boolean {
  return withPrefix(tags, prefix).length > 0;
}
