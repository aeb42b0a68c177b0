import type { CapabilitySet } from "../../capabilities/capability-set.ts";
import { withPrefix } from "../../capabilities/sorted-tags.ts";
import { parseNumber } from "../../predicate/numeric.ts";
import type { PlacementAxis } from "../placement-filter.ts";

/** Which resources are judged. */
export type ResourcePolicy = "compute" | "storage" | "both";

/** A resource that nodes announce. */
interface Resource {
  /** How much of it a node announces; `undefined` where it announces none, or nonsense. */
  readonly amount: (capabilities: CapabilitySet) => number | undefined;
  /** The amount that is worth one half. */
  readonly half: number;
}

const COMPUTE: readonly Resource[] = [
  { amount: (set) => firstAmount(set.values("hardware", "cpu_cores")), half: 8 },
  { amount: (set) => firstAmount(set.values("hardware", "memory_gb")), half: 16 },
  { amount: vramGb, half: 16 },
];
const STORAGE: readonly Resource[] = [
  { amount: (set) => firstAmount(set.values("dataforts", "capacity_gb")), half: 1_000 },
];

const KINDS: Readonly<Record<ResourcePolicy, readonly (readonly Resource[])[]>> = {
  compute: [COMPUTE],
  storage: [STORAGE],
  both: [COMPUTE, STORAGE],
};

/**
 * The more a node has, the nearer to 1: v / (v + half) of each resource, and the mean of those that
 * the node announces; of `both`, the mean of the two means. A node that announces none gets 1, so
 * this is for meshes in which everybody announces what it has: it favours the silent.
 */
export function resourceAxis(policy: ResourcePolicy | undefined): PlacementAxis | undefined {
  if (policy === undefined) return undefined;
  const kinds = KINDS[policy];
  return {
    name: "resource",
    score: ({ capabilities }) =>
      mean(kinds.map((kind) => mean(kind.map((one) => worth(one, capabilities))))) ?? 1,
  };
}

function worth({ amount, half }: Resource, capabilities: CapabilitySet): number | undefined {
  const value = amount(capabilities);
  return value === undefined ? undefined : value / (value + half);
}

/** The mean of what there is. */
function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** More than this, in whatever unit, is nobody's resource. */
const MAX_AMOUNT = 1e15;

function firstAmount(values: readonly string[]): number | undefined {
  return values.map(parseNumber).find((value) => value >= 0 && value <= MAX_AMOUNT);
}

/** Further GPUs than the first have a number in their keys. */
const VRAM = /^hardware\.gpu\.((?:\d+\.)?)vram_gb[=:](.*)$/s;

/** The memory of all GPUs together. */
function vramGb({ tags }: CapabilitySet): number | undefined {
  const byGpu = new Map<string, string[]>();
  for (const tag of withPrefix(tags, "hardware.gpu.")) {
    const [, gpu, value] = VRAM.exec(tag) ?? [];
    if (gpu === undefined || value === undefined) continue;
    byGpu.set(gpu, [...(byGpu.get(gpu) ?? []), value]);
  }
  const amounts = [...byGpu.values()].map(firstAmount).filter((amount) => amount !== undefined);
  return amounts.length === 0 ? undefined : amounts.reduce((sum, amount) => sum + amount, 0);
}
