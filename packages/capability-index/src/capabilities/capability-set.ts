import { MAX_TAGS } from "../defaults.ts";
import { isReservedTag } from "../tags/reserved-prefix.ts";
import { tagFault } from "../tags/tag-fault.ts";
import { type Axis, reservedTagError, tagIdentity } from "../tags/tag.ts";
import { type Metadata, NO_METADATA, toMetadata } from "./metadata.ts";
import {
  hasMeaning,
  hasText,
  NO_TAGS,
  positionOf,
  type SortedTags,
  unite,
  without,
} from "./sorted-tags.ts";

/** What {@link CapabilitySet.from} reads, and what its JSON form is. */
export interface CapabilitySetParts {
  readonly tags?: Iterable<string> | undefined;
  readonly metadata?: ReadonlyMap<string, string> | Readonly<Record<string, string>> | undefined;
}

/**
 * What a node can do: tags, and texts by key. Immutable; every `with…` and `without…` gives another
 * set. Two sets with the same content have the same canonical form, whatever order it was added in.
 *
 * @example
 * ```ts
 * import { CapabilitySet } from "@selvage/capability-index";
 * const capabilities = CapabilitySet.empty
 *   .withTags("hardware.gpu", "software.os=linux")
 *   .withMetadata("region", "eu");
 * console.log(capabilities.has("software.os:linux")); // true: the separator has no meaning
 * ```
 */
export class CapabilitySet {
  /** The set without anything. */
  static readonly empty: CapabilitySet = new CapabilitySet(NO_TAGS, NO_METADATA);

  /** The tags as they are written, in the order of their UTF-8 bytes. */
  readonly tags: readonly string[];
  /** The metadata, in the order of the keys' UTF-8 bytes. */
  readonly metadata: ReadonlyMap<string, string>;

  private constructor(tags: SortedTags, metadata: Metadata) {
    this.tags = tags;
    this.metadata = metadata;
  }

  /**
   * A set of the given parts. Reserved tags are let through: this is how received sets are read.
   *
   * @throws RangeError for an empty or oversize tag or key, or too many of them.
   */
  static from({ tags = [], metadata = {} }: CapabilitySetParts): CapabilitySet {
    const entries = metadata instanceof Map ? [...metadata] : Object.entries(metadata);
    return CapabilitySet.empty.#with(tags).#withAllMetadata(toMetadata(entries));
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
    if (hasSeparator(key)) return [];
    const values: string[] = [];
    this.#collect(`${axis}.${key}:`, values);
    this.#collect(`${axis}.${key}=`, values);
    return values;
  }

  #collect(start: string, values: string[]): void {
    for (let i = positionOf(this.tags, start); i < this.tags.length; i++) {
      const tag = this.tags[i] ?? "";
      if (!tag.startsWith(start)) return;
      values.push(tag.slice(start.length));
    }
  }

  /**
   * The set with these tags too. A tag that it has already, in whatever spelling, adds nothing.
   *
   * @throws TypeError for a tag with a reserved prefix.
   * @throws RangeError for an empty or oversize tag, or too many of them.
   */
  withTags(...tags: readonly string[]): CapabilitySet {
    for (const tag of tags) if (isReservedTag(tag)) throw reservedTagError(tag);
    return this.#with(tags);
  }

  /** The set without these tags, in whatever spelling. */
  withoutTags(...tags: readonly string[]): CapabilitySet {
    const gone = new Set(tags.map(tagIdentity));
    return this.#withAllTags(without(this.tags, (tag) => gone.has(tagIdentity(tag))));
  }

  /**
   * The set with this text under `key`, in place of what was there.
   *
   * @throws RangeError for an empty key, or too much metadata.
   */
  withMetadata(key: string, value: string): CapabilitySet {
    return this.#withAllMetadata(toMetadata([...new Map(this.metadata).set(key, value)]));
  }

  /** The set without what is under these keys. */
  withoutMetadata(...keys: readonly string[]): CapabilitySet {
    if (!keys.some((key) => this.metadata.has(key))) return this;
    const kept = [...this.metadata].filter(([key]) => !keys.includes(key));
    return this.#withAllMetadata(kept.length === 0 ? NO_METADATA : new Map(kept));
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

  #with(added: Iterable<string>): CapabilitySet {
    const list = [...added];
    for (const tag of list) {
      const fault = tagFault(tag);
      if (fault !== undefined) throw new RangeError(fault);
    }
    const tags = unite(this.tags, list);
    if (tags.length > MAX_TAGS) {
      throw new RangeError(`a set has at most ${MAX_TAGS} tags, got ${tags.length}`);
    }
    return this.#withAllTags(tags);
  }

  #withAllTags(tags: SortedTags): CapabilitySet {
    return tags === this.tags ? this : new CapabilitySet(tags, this.metadata);
  }

  #withAllMetadata(metadata: Metadata): CapabilitySet {
    return metadata === this.metadata ? this : new CapabilitySet(this.tags, metadata);
  }
}

/** A key ends at the first separator, so none has one. */
function hasSeparator(key: string): boolean {
  return key.includes("=") || key.includes(":");
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
