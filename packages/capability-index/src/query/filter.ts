import { checkProperties } from "@selvage/core";

import type { CapabilitySet } from "../capabilities/capability-set.ts";
import type { GpuVendor } from "../capabilities/projections/hardware.ts";
import type { Modality } from "../capabilities/projections/models.ts";
import { tagIdentity } from "../tags/tag.ts";
import type { QueryHint } from "./prepared-query.ts";

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
  /** A GPU of this make, maybe among others. */
  readonly gpuVendor?: GpuVendor | undefined;
  /** A GPU, and this much memory over all of them, in gigabytes. */
  readonly minVramGb?: number | undefined;
  /** In tokens, of one model at least. */
  readonly minContextLength?: number | undefined;
  /** Each of them by some model, not all by the same. */
  readonly requireModalities?: readonly Modality[] | undefined;
}

/** A filter, prepared for many sets: the tags it asks for, all else, and where to look for that. */
export interface PreparedFilter {
  readonly tags: string[];
  readonly tests: ((capabilities: CapabilitySet) => boolean)[];
  readonly hints: QueryHint[];
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
  const { tags, tests } = prepareFilter(filter);
  return tags.every((tag) => capabilities.has(tag)) && tests.every((holds) => holds(capabilities));
}

/** Prepares a filter; throws as {@link matchesFilter} does. */
export function prepareFilter(filter: CapabilityFilter): PreparedFilter {
  checkProperties("filter", filter, PROPERTIES);
  const tags = texts("requireTags", filter.requireTags).map(tagIdentity);
  const prepared: PreparedFilter = { tags, tests: [], hints: [] };
  askForHardware(filter, prepared);
  askForModels(filter, prepared);
  askForTools(filter, prepared);
  return prepared;
}

/** The memory of all GPUs, in gigabytes. */
export function totalVramGb(gpus: readonly { readonly vramGb: number }[]): number {
  return gpus.reduce((sum, { vramGb }) => sum + vramGb, 0);
}

function askForHardware(filter: CapabilityFilter, { tags, tests, hints }: PreparedFilter): void {
  const { requireGpu = false, gpuVendor } = filter;
  if (typeof requireGpu !== "boolean") {
    throw new TypeError(`requireGpu must be true or false, got ${String(requireGpu)}`);
  }
  if (gpuVendor !== undefined && typeof gpuVendor !== "string") {
    throw new TypeError(`gpuVendor must be a text, got ${String(gpuVendor)}`);
  }
  const minMemoryGb = size("minMemoryGb", filter.minMemoryGb);
  const minVramGb = size("minVramGb", filter.minVramGb);
  if (requireGpu || gpuVendor !== undefined || minVramGb !== undefined) tags.push("hardware.gpu");
  if (minMemoryGb !== undefined && minMemoryGb > 0) {
    tests.push(({ hardware }) => hardware.memoryGb >= minMemoryGb);
    hints.push({ list: "key", anyOf: ["hardware.memory_gb"] });
  }
  if (gpuVendor !== undefined) {
    tests.push(({ hardware }) => hardware.gpus.some(({ vendor }) => vendor === gpuVendor));
    // Of a vendor that is not known there may be no tag.
    if (gpuVendor !== "unknown") hints.push({ list: "gpu-vendor", anyOf: [gpuVendor] });
  }
  if (minVramGb !== undefined) {
    tests.push(({ hardware }) => totalVramGb(hardware.gpus) >= minVramGb);
  }
}

function askForModels(filter: CapabilityFilter, { tests, hints }: PreparedFilter): void {
  const ids = texts("requireModels", filter.requireModels);
  const modalities = texts("requireModalities", filter.requireModalities);
  const minContextLength = size("minContextLength", filter.minContextLength);
  if (ids.length > 0) {
    tests.push(({ models }) => models.some(({ id }) => ids.includes(id)));
    hints.push({ list: "model", anyOf: ids });
  }
  if (minContextLength !== undefined) {
    tests.push(({ models }) =>
      models.some(({ contextLength }) => contextLength >= minContextLength),
    );
  }
  if (modalities.length > 0) {
    tests.push(({ models }) =>
      modalities.every((wanted) => models.some((model) => model.modalities.includes(wanted))),
    );
  }
}

function askForTools(filter: CapabilityFilter, { tests, hints }: PreparedFilter): void {
  const ids = texts("requireTools", filter.requireTools);
  if (ids.length === 0) return;
  tests.push(({ tools }) => tools.some(({ toolId }) => ids.includes(toolId)));
  hints.push({ list: "tool", anyOf: ids });
}

function texts<T extends string>(property: string, list: readonly T[] = []): readonly T[] {
  const isList: boolean = Array.isArray(list);
  if (isList && list.every((item) => typeof item === "string")) return list;
  throw new TypeError(`${property} must be a list of texts, got ${String(list)}`);
}

function size(property: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number") {
    throw new TypeError(`${property} must be a number, got ${String(value)}`);
  }
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`${property} must be finite and at least 0, got ${value}`);
}
