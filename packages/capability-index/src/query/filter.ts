import type { CapabilitySet } from "../capabilities/capability-set.ts";
import type { GpuVendor } from "../capabilities/projections/hardware.ts";
import type { Modality } from "../capabilities/projections/models.ts";
import { tagIdentity } from "../tags/tag.ts";
import { checkProperties } from "./known-properties.ts";
import type { QueryCondition, QueryHint } from "./prepared-query.ts";

/** What is asked of a node's capabilities: all of it. What is left out is not asked. */
export interface CapabilityFilter {
  /** Tags, all of them. `hardware.gpu` asks for the tag itself, not for one with a value. */
  readonly requireTags?: readonly string[] | undefined;
  /** Ids of models, any of them; an empty list asks for nothing. */
  readonly requireModels?: readonly string[] | undefined;
  /** Ids of tools, any of them; an empty list asks for nothing. */
  readonly requireTools?: readonly string[] | undefined;
  /** In gigabytes; who does not say has 0. */
  readonly minMemoryGb?: number | undefined;
  /** Whether there must be a GPU; `false` asks for nothing. */
  readonly requireGpu?: boolean | undefined;
  /** A GPU of this make, among others maybe. */
  readonly gpuVendor?: GpuVendor | undefined;
  /** A GPU, and this much memory over all of them, in gigabytes. */
  readonly minVramGb?: number | undefined;
  /** In tokens, of one model at least. */
  readonly minContextLength?: number | undefined;
  /** Each of them by some model, not all by the same. */
  readonly requireModalities?: readonly Modality[] | undefined;
}

const PROPERTIES: ReadonlySet<string> = new Set<keyof CapabilityFilter>([
  "requireTags",
  "requireModels",
  "requireTools",
  "minMemoryGb",
  "requireGpu",
  "gpuVendor",
  "minVramGb",
  "minContextLength",
  "requireModalities",
]);

/**
 * Whether capabilities are as a filter asks.
 *
 * @throws TypeError for a property that a filter does not have, or of the wrong type.
 * @throws RangeError for a number that is negative or not finite.
 */
export function matchesFilter(filter: CapabilityFilter, capabilities: CapabilitySet): boolean {
  return compileFilter(filter).every(({ holds }) => holds(capabilities));
}

/** A condition on capabilities, and where those that meet it are listed. */
export interface FilterCondition extends Pick<QueryCondition, "tag"> {
  readonly holds: (capabilities: CapabilitySet) => boolean;
  readonly hint?: QueryHint;
}

/** Prepares a filter for many sets; throws as {@link matchesFilter} does. */
export function compileFilter(filter: CapabilityFilter): readonly FilterCondition[] {
  checkProperties("filter", filter, PROPERTIES);
  const conditions: FilterCondition[] = texts("requireTags", filter.requireTags).map(tagCondition);
  const models = texts("requireModels", filter.requireModels);
  if (models.length > 0) {
    conditions.push({
      hint: { list: "model", anyOf: models },
      holds: (set) => set.models.some(({ id }) => models.includes(id)),
    });
  }
  const tools = texts("requireTools", filter.requireTools);
  if (tools.length > 0) {
    conditions.push({
      hint: { list: "tool", anyOf: tools },
      holds: (set) => set.tools.some(({ toolId }) => tools.includes(toolId)),
    });
  }
  return [...conditions, ...gpuConditions(filter), ...sizeConditions(filter)];
}

/** A condition on one tag, in whatever spelling. */
export function tagCondition(tag: string): FilterCondition {
  return { tag: tagIdentity(tag), holds: (set) => set.has(tag) };
}

function gpuConditions(filter: CapabilityFilter): FilterCondition[] {
  const { requireGpu = false, gpuVendor } = filter;
  if (typeof requireGpu !== "boolean") {
    throw new TypeError(`requireGpu must be true or false, got ${String(requireGpu)}`);
  }
  if (gpuVendor !== undefined && typeof gpuVendor !== "string") {
    throw new TypeError(`gpuVendor must be a text, got ${String(gpuVendor)}`);
  }
  const minVramGb = size(filter, "minVramGb");
  const conditions: FilterCondition[] = [];
  if (requireGpu || gpuVendor !== undefined || minVramGb !== undefined) {
    conditions.push(tagCondition("hardware.gpu"));
  }
  if (gpuVendor !== undefined) {
    const hint: QueryHint = { list: "gpu-vendor", anyOf: [gpuVendor] };
    conditions.push({
      // What vendors are not known as is not said by any tag.
      ...(gpuVendor !== "unknown" && { hint }),
      holds: ({ hardware }) => hardware.gpus.some(({ vendor }) => vendor === gpuVendor),
    });
  }
  if (minVramGb !== undefined) {
    conditions.push({ holds: ({ hardware }) => totalVramGb(hardware.gpus) >= minVramGb });
  }
  return conditions;
}

function sizeConditions(filter: CapabilityFilter): FilterCondition[] {
  const minMemoryGb = size(filter, "minMemoryGb");
  const minContextLength = size(filter, "minContextLength");
  const modalities = texts("requireModalities", filter.requireModalities);
  const conditions: FilterCondition[] = [];
  if (minMemoryGb !== undefined && minMemoryGb > 0) {
    conditions.push({
      hint: { list: "key", anyOf: ["hardware.memory_gb"] },
      holds: ({ hardware }) => hardware.memoryGb >= minMemoryGb,
    });
  }
  if (minContextLength !== undefined) {
    conditions.push({
      holds: ({ models }) => models.some(({ contextLength }) => contextLength >= minContextLength),
    });
  }
  if (modalities.length > 0) {
    conditions.push({
      holds: ({ models }) =>
        modalities.every((wanted) => models.some((model) => model.modalities.includes(wanted))),
    });
  }
  return conditions;
}

/** The memory of all GPUs, in gigabytes. */
export function totalVramGb(gpus: readonly { readonly vramGb: number }[]): number {
  return gpus.reduce((sum, { vramGb }) => sum + vramGb, 0);
}

type SizeProperty = "minMemoryGb" | "minVramGb" | "minContextLength";

function texts<T extends string>(property: string, list: readonly T[] = []): readonly T[] {
  const isList: boolean = Array.isArray(list);
  if (isList && list.every((item) => typeof item === "string")) return list;
  throw new TypeError(`${property} must be a list of texts, got ${String(list)}`);
}

function size(filter: CapabilityFilter, property: SizeProperty): number | undefined {
  const value = filter[property];
  if (value === undefined) return undefined;
  if (typeof value !== "number") {
    throw new TypeError(`${property} must be a number, got ${String(value)}`);
  }
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`${property} must be finite and at least 0, got ${value}`);
}
