import { MAX_METADATA_BYTES, MAX_METADATA_KEYS, MAX_TAGS } from "./defaults.ts";
import { isReservedTag, tagFault, tagIdentity } from "./tag.ts";
import { compareUtf8, hasLoneSurrogate, utf8Length } from "./text-order.ts";

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
  static readonly empty: CapabilitySet = new CapabilitySet(new Map(), []);

  /** Tags as written, by what they mean. */
  readonly #byIdentity: ReadonlyMap<string, string>;
  /** The tags as they are written, in the order of their UTF-8 bytes. */
  readonly tags: readonly string[];
  /** The metadata, in the order of the keys' UTF-8 bytes. */
  readonly metadata: ReadonlyMap<string, string>;

  private constructor(
    byIdentity: ReadonlyMap<string, string>,
    metadata: readonly (readonly [string, string])[],
  ) {
    this.#byIdentity = byIdentity;
    this.tags = Object.freeze([...byIdentity.values()].toSorted(compareUtf8));
    this.metadata = new Map(metadata.toSorted(([a], [b]) => compareUtf8(a, b)));
  }

  /**
   * A set of the given parts. Reserved tags are let through: this is how received sets are read.
   *
   * @throws RangeError for an empty or oversize tag or key, or too many of them.
   */
  static from({ tags = [], metadata = {} }: CapabilitySetParts): CapabilitySet {
    const entries = metadata instanceof Map ? [...metadata] : Object.entries(metadata);
    return CapabilitySet.#checked(identify(new Map(), tags), entries);
  }

  static #checked(
    byIdentity: ReadonlyMap<string, string>,
    metadata: readonly (readonly [string, string])[],
  ): CapabilitySet {
    if (byIdentity.size > MAX_TAGS) {
      throw new RangeError(`a set has at most ${MAX_TAGS} tags, got ${byIdentity.size}`);
    }
    checkMetadata(metadata);
    return new CapabilitySet(byIdentity, metadata);
  }

  /** Whether the set has a tag of this meaning. */
  has(tag: string): boolean {
    return this.#byIdentity.has(tagIdentity(tag));
  }

  /** The set with these tags too. A tag that it has already, in whatever spelling, changes nothing. */
  withTags(...tags: readonly string[]): CapabilitySet {
    for (const tag of tags) {
      if (isReservedTag(tag)) throw new TypeError(`tag "${tag}" has a reserved prefix`);
    }
    return CapabilitySet.#checked(identify(this.#byIdentity, tags), [...this.metadata]);
  }

  /** The set without these tags. */
  withoutTags(...tags: readonly string[]): CapabilitySet {
    const byIdentity = new Map(this.#byIdentity);
    for (const tag of tags) byIdentity.delete(tagIdentity(tag));
    return new CapabilitySet(byIdentity, [...this.metadata]);
  }

  /** The set with this text under `key`, in place of what was there. */
  withMetadata(key: string, value: string): CapabilitySet {
    const metadata = [...new Map(this.metadata).set(key, value)];
    return CapabilitySet.#checked(this.#byIdentity, metadata);
  }

  /** The set without what is under these keys. */
  withoutMetadata(...keys: readonly string[]): CapabilitySet {
    const metadata = [...this.metadata].filter(([key]) => !keys.includes(key));
    return new CapabilitySet(this.#byIdentity, metadata);
  }

  /** Whether both have the same canonical form. */
  equals(other: CapabilitySet): boolean {
    return JSON.stringify(this.#canonical()) === JSON.stringify(other.#canonical());
  }

  toJSON(): { readonly tags: readonly string[]; readonly metadata: Record<string, string> } {
    return { tags: this.tags, metadata: Object.fromEntries(this.metadata) };
  }

  #canonical(): readonly unknown[] {
    return [this.tags, [...this.metadata]];
  }
}

/** Adds tags by meaning; of two spellings the first in byte order stays, so that order is nothing. */
function identify(
  known: ReadonlyMap<string, string>,
  tags: Iterable<string>,
): ReadonlyMap<string, string> {
  const byIdentity = new Map(known);
  for (const tag of tags) {
    const fault = tagFault(tag);
    if (fault !== undefined) throw new RangeError(fault);
    const identity = tagIdentity(tag);
    const held = byIdentity.get(identity);
    if (held === undefined || compareUtf8(tag, held) < 0) byIdentity.set(identity, tag);
  }
  return byIdentity;
}

function checkMetadata(metadata: readonly (readonly [string, string])[]): void {
  if (metadata.length > MAX_METADATA_KEYS) {
    throw new RangeError(`metadata has at most ${MAX_METADATA_KEYS} keys, got ${metadata.length}`);
  }
  let total = 0;
  for (const [key, value] of metadata) {
    if (key === "") throw new RangeError("a metadata key must not be empty");
    if (hasLoneSurrogate(key) || hasLoneSurrogate(value)) {
      throw new RangeError("metadata must be well-formed text");
    }
    total += utf8Length(key) + utf8Length(value);
  }
  if (total > MAX_METADATA_BYTES) {
    throw new RangeError(`metadata has at most ${MAX_METADATA_BYTES} bytes, got ${total}`);
  }
}
