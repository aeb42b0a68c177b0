import { MAX_TAGS } from "../defaults.ts";
import { isReservedTag } from "../tags/reserved-prefix.ts";
import { chainOf, formatChainTag, formatForkTag, parseChainTag } from "../tags/reserved/chain.ts";
import { formatHeatTag, type HeatTag, heatOf } from "../tags/reserved/heat.ts";
import { formatScopeTag } from "../tags/reserved/scope.ts";
import { tagFault } from "../tags/tag-fault.ts";
import { type Axis, reservedTagError, tagIdentity } from "../tags/tag.ts";
import {
  checkUserKey,
  type Metadata,
  NO_METADATA,
  toMetadata,
  withoutKeys,
  withTexts,
} from "./metadata.ts";
import { putAll } from "./projections/distinct.ts";
import {
  type Hardware,
  type HardwareConfig,
  isHardwareTag,
  readHardware,
  writeHardware,
} from "./projections/hardware.ts";
import {
  type CapabilityLimits,
  type CapabilityLimitsConfig,
  isLimitsTag,
  readLimits,
  writeLimits,
} from "./projections/limits.ts";
import {
  isModelTag,
  type ModelCapability,
  type ModelConfig,
  readModels,
  writeModels,
} from "./projections/models.ts";
import {
  isSoftwareTag,
  readSoftware,
  type Software,
  type SoftwareConfig,
  writeSoftware,
} from "./projections/software.ts";
import {
  isToolKey,
  isToolTag,
  readTools,
  type ToolCapability,
  type ToolConfig,
  writeToolMetadata,
  writeTools,
} from "./projections/tools.ts";
import {
  hasMeaning,
  hasText,
  NO_TAGS,
  type SortedTags,
  unite,
  valuesOf,
  without,
} from "./sorted-tags.ts";

/** What {@link CapabilitySet.from} reads, and what its JSON form is. */
export interface CapabilitySetParts {
  readonly tags?: Iterable<string> | undefined;
  readonly metadata?: ReadonlyMap<string, string> | Readonly<Record<string, string>> | undefined;
}

/** What was read from the tags so far. */
interface Projections {
  hardware?: Hardware;
  limits?: CapabilityLimits;
  software?: Software;
  models?: readonly ModelCapability[];
  tools?: readonly ToolCapability[];
}

/**
 * What a node can do: tags, and texts by key. Immutable; every `with…` and `without…` gives another
 * set. Two sets with the same content have the same canonical form, whatever order it was added in.
 *
 * Hardware, limits, software, models and tools are views of the tags: they are read at first use,
 * and writing one takes the place of all that the tags said of it.
 *
 * Every `with…` throws RangeError for what no set can hold: an empty, oversize or ill-formed text,
 * or too many of them; more is said where there is more.
 *
 * @example
 * ```ts
 * import { CapabilitySet } from "@selvage/capability-index";
 * const capabilities = CapabilitySet.empty
 *   .withTags("software.os=linux")
 *   .withMetadata("region", "eu")
 *   .withHardware({ memoryGb: 64, gpus: [{ vendor: "nvidia", vramGb: 80 }] });
 * console.log(capabilities.has("software.os:linux")); // true: the separator has no meaning
 * console.log(capabilities.has("hardware.gpu.vram_gb=80"), capabilities.hardware.memoryGb); // true 64
 * ```
 */
export class CapabilitySet {
  /** The set without anything. */
  // Not by its name, for which TypeScript 7.0 emits an alias that is not set yet at this point.
  static readonly empty: CapabilitySet = new this(NO_TAGS, NO_METADATA);

  /** The tags as they are written, in the order of their UTF-8 bytes. */
  readonly tags: readonly string[];
  /** The metadata, in the order of the keys' UTF-8 bytes. */
  readonly metadata: ReadonlyMap<string, string>;
  #projections: Projections | undefined;

  private constructor(tags: SortedTags, metadata: Metadata) {
    this.tags = tags;
    this.metadata = metadata;
  }

  /**
   * A set of the given parts. Reserved tags and keys are let through: this is how received sets are
   * read.
   *
   * @throws RangeError for what no set can hold.
   */
  static from({ tags = [], metadata = {} }: CapabilitySetParts): CapabilitySet {
    const entries = metadata instanceof Map ? [...metadata] : Object.entries(metadata);
    return CapabilitySet.empty.#with(tags, toMetadata(entries));
  }

  /** Whether the set has a tag of this meaning. */
  has(tag: string): boolean {
    return hasMeaning(this.tags, tag);
  }

  /** Whether any tag has exactly this key, with a value or without. */
  hasKey(axis: Axis, key: string): boolean {
    return this.isPresent(axis, key) || this.values(axis, key).length > 0;
  }

  /** Whether the tag of this key without a value is there. */
  isPresent(axis: Axis, key: string): boolean {
    return !hasSeparator(key) && hasText(this.tags, `${axis}.${key}`);
  }

  /** The values of all tags of exactly this key, in the order of the tags. */
  values(axis: Axis, key: string): readonly string[] {
    return hasSeparator(key) ? [] : valuesOf(this.tags, `${axis}.${key}`);
  }

  /**
   * The set with these tags too. A tag that it has already, in whatever spelling, adds nothing.
   *
   * @throws TypeError for a tag with a reserved prefix.
   */
  withTags(...tags: readonly string[]): CapabilitySet {
    for (const tag of tags) if (isReservedTag(tag)) throw reservedTagError(tag);
    return this.#with(tags);
  }

  /** The set without these tags, in whatever spelling; reserved ones, too. */
  withoutTags(...tags: readonly string[]): CapabilitySet {
    const gone = new Set(tags.map(tagIdentity));
    return this.#without((tag) => gone.has(tagIdentity(tag)));
  }

  /**
   * The set with this text under `key`, in place of what was there.
   *
   * @throws TypeError for a key with a reserved prefix.
   */
  withMetadata(key: string, value: string): CapabilitySet {
    checkUserKey(key);
    return this.#with([], withTexts(this.metadata, [[key, value]]));
  }

  /** The set without what is under these keys; reserved ones, too. */
  withoutMetadata(...keys: readonly string[]): CapabilitySet {
    return this.#with(
      [],
      withoutKeys(this.metadata, (key) => keys.includes(key)),
    );
  }

  /** The set for this tenant: other tenants' queries do not find the node. */
  withTenantScope(tenant: string): CapabilitySet {
    return this.#with([formatScopeTag({ kind: "tenant", tenant })]);
  }

  /** The set for this region: other regions' queries do not find the node. */
  withRegionScope(region: string): CapabilitySet {
    return this.#with([formatScopeTag({ kind: "region", region })]);
  }

  /** The set for the own subnet: no query but for that finds the node, whatever else is said. */
  withSubnetLocalScope(): CapabilitySet {
    return this.#with([formatScopeTag({ kind: "subnet-local" })]);
  }

  /** Whether the set says that the node holds a causal chain, all or some of it. */
  holdsChain(hash: string): boolean {
    return this.tags.some((tag) => chainOf(tag) === hash);
  }

  /** The set saying that the node holds a causal chain, in place of what it said of it. */
  withChain(hash: string): CapabilitySet {
    const tag = formatChainTag({ kind: "whole", hash });
    return this.withoutChain(hash).#with([tag]);
  }

  /**
   * The set saying that the node holds a causal chain up to and with the event `tip`, in place of
   * what it said of it.
   */
  withChainTip(hash: string, tip: number): CapabilitySet {
    const text = formatChainTag({ kind: "tip", hash, tip });
    return this.withoutChain(hash).#with([text]);
  }

  /**
   * The set saying that the node holds a causal chain from `start` up to, but without, `end`, beside
   * other ranges that it said, and in place of what else it said of it.
   */
  withChainRange(hash: string, start: number, end: number): CapabilitySet {
    const text = formatChainTag({ kind: "range", hash, start, end });
    return this.#without(
      (tag) => chainOf(tag) === hash && parseChainTag(tag)?.kind !== "range",
    ).#with([text]);
  }

  /** The set that says nothing of a causal chain. */
  withoutChain(hash: string): CapabilitySet {
    return this.#without((tag) => chainOf(tag) === hash);
  }

  /** The set saying that the node holds a fork of this causal chain. */
  withFork(parentHash: string): CapabilitySet {
    return this.#with([formatForkTag(parentHash)]);
  }

  /**
   * The set saying how much a causal chain is read at the node, from 0 to 1 and with two decimals,
   * in place of what it said. Receivers believe it only if it also says that the node holds it.
   */
  withHeat(hash: string, rate: number): CapabilitySet {
    return this.#withHeat({ kind: "chain", hash, rate });
  }

  /** The set saying how much a blob is read at the node, likewise. */
  withBlobHeat(hash: string, rate: number): CapabilitySet {
    return this.#withHeat({ kind: "blob", hash, rate });
  }

  /** The set that does not say how much a causal chain is read. */
  withoutHeat(hash: string): CapabilitySet {
    return this.#withoutHeat("chain", hash);
  }

  /** The set that does not say how much a blob is read. */
  withoutBlobHeat(hash: string): CapabilitySet {
    return this.#withoutHeat("blob", hash);
  }

  /** What the tags tell of the hardware. */
  get hardware(): Hardware {
    return (this.#read().hardware ??= readHardware(this.tags));
  }

  /** What the tags tell of the node's limits. */
  get limits(): CapabilityLimits {
    return (this.#read().limits ??= readLimits(this.tags));
  }

  /** What the tags tell of the software. */
  get software(): Software {
    return (this.#read().software ??= readSoftware(this.tags));
  }

  /** The models that the tags tell of, in their order. */
  get models(): readonly ModelCapability[] {
    return (this.#read().models ??= readModels(this.tags));
  }

  /** The tools that the tags tell of, in their order. */
  get tools(): readonly ToolCapability[] {
    return (this.#read().tools ??= readTools(this.tags, this.metadata));
  }

  /** The set with this hardware, in place of all that it said of hardware but the limits. */
  withHardware(hardware: HardwareConfig): CapabilitySet {
    return this.#without(isHardwareTag).#with(writeHardware(hardware));
  }

  /** The set with these limits, in place of all that it said of limits. */
  withLimits(limits: CapabilityLimitsConfig): CapabilitySet {
    return this.#without(isLimitsTag).#with(writeLimits(limits));
  }

  /**
   * The set with this software, in place of all that it said of software but models and tools.
   *
   * @throws RangeError for a name that is empty or has `=`, `:` or `.` in it, and for an empty
   * version: they would not be read as they were written.
   */
  withSoftware(software: SoftwareConfig): CapabilitySet {
    return this.#without(isSoftwareTag).#with(writeSoftware(software));
  }

  /**
   * The set with these models in this order, in place of all that it said of models.
   *
   * @throws RangeError for an empty id, or one that comes twice.
   */
  withModels(models: readonly ModelConfig[]): CapabilitySet {
    return this.#without(isModelTag).#with(writeModels(models));
  }

  /** The set with these models too; one with a known id takes the place of the earlier one. */
  addModels(...models: readonly ModelConfig[]): CapabilitySet {
    return this.withModels(putAll<ModelConfig>([...this.models, ...models], ({ id }) => id));
  }

  /**
   * The set with these tools in this order, in place of all that it said of tools, also in the
   * metadata, where their schemas go.
   *
   * @throws RangeError for an empty id, or one that comes twice.
   */
  withTools(tools: readonly ToolConfig[]): CapabilitySet {
    const metadata = withTexts(withoutKeys(this.metadata, isToolKey), writeToolMetadata(tools));
    return this.#without(isToolTag).#with(writeTools(tools), metadata);
  }

  /** The set with these tools too; one with a known id takes the place of the earlier one. */
  addTools(...tools: readonly ToolConfig[]): CapabilitySet {
    return this.withTools(putAll<ToolConfig>([...this.tools, ...tools], ({ toolId }) => toolId));
  }

  /**
   * The same set made of other texts of the same content: what holds very many sets keeps the texts
   * that they have in common once. `share` must give an equal text.
   */
  sharing(share: (tag: string) => string): CapabilitySet {
    return this.tags.length === 0
      ? this
      : new CapabilitySet(Object.freeze(this.tags.map(share)), this.metadata);
  }

  /** Whether both have the same canonical form. */
  equals(other: CapabilitySet): boolean {
    return (
      this === other ||
      (sameTexts(this.tags, other.tags) &&
        sameTexts([...this.metadata].flat(), [...other.metadata].flat()))
    );
  }

  /** The JSON form, which {@link CapabilitySet.from} reads. */
  toJSON(): { readonly tags: readonly string[]; readonly metadata: Record<string, string> } {
    return { tags: this.tags, metadata: Object.fromEntries(this.metadata) };
  }

  #withHeat(heat: HeatTag): CapabilitySet {
    const tag = formatHeatTag(heat);
    return this.#withoutHeat(heat.kind, heat.hash).#with([tag]);
  }

  #withoutHeat(kind: HeatTag["kind"], hash: string): CapabilitySet {
    return this.#without((tag) => {
      const of = heatOf(tag);
      return of?.kind === kind && of.hash === hash;
    });
  }

  #with(added: Iterable<string>, metadata?: Metadata): CapabilitySet {
    const news = [...added];
    for (const tag of news) {
      const fault = tagFault(tag);
      if (fault !== undefined) throw new RangeError(fault);
    }
    const tags = unite(this.tags, news);
    if (tags.length > MAX_TAGS) {
      throw new RangeError(`a set has at most ${MAX_TAGS} tags, got ${tags.length}`);
    }
    return this.#of(tags, metadata ?? this.metadata);
  }

  #without(isChosen: (tag: string) => boolean): CapabilitySet {
    return this.#of(without(this.tags, isChosen), this.metadata);
  }

  #of(tags: SortedTags, metadata: Metadata): CapabilitySet {
    const isSame = tags === this.tags && metadata === this.metadata;
    return isSame ? this : new CapabilitySet(tags, metadata);
  }

  /** Most sets of an index are never looked at closely, so there is nothing until then. */
  #read(): Projections {
    return (this.#projections ??= {});
  }
}

/** A key ends at the first separator, so none has one. */
function hasSeparator(key: string): boolean {
  return key.includes("=") || key.includes(":");
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
