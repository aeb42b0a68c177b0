import type { Random } from "@selvage/core";

import { createLeastLoaded } from "./least-loaded.ts";
import { createLowestLatency } from "./lowest-latency.ts";
import type { ProviderLoads } from "./provider-loads.ts";
import { createRandomSelector } from "./random.ts";
import { createRoundRobin } from "./round-robin.ts";
import type { SelectionPolicy, Selector } from "./selector.ts";
import { createSticky } from "./sticky.ts";

/** The selectors by policy name. */
export type Selectors = Readonly<Record<SelectionPolicy, Selector>>;

/** One selector per policy, for all calls of a node. */
export function createSelectors(loads: ProviderLoads, random: Random): Selectors {
  return {
    "round-robin": createRoundRobin(),
    random: createRandomSelector(random),
    sticky: createSticky(),
    "lowest-latency": createLowestLatency(loads, random),
    "least-loaded": createLeastLoaded(loads, random),
  };
}
