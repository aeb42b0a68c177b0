import { AXES, type Axis } from "../tags/tag.ts";
import { type Condition, join, negate, toCondition } from "./condition.ts";
import type { Predicate, TagKey } from "./predicate.ts";
import { parseVersion } from "./version.ts";

/** An axis and a key, such as `hardware.memory_gb`. */
export type TagPath = `${Axis}.${string}`;

/**
 * Conditions on the values of the tags of one key; any of them may meet the condition. A tag without
 * a value only `exists`. Values that cannot be read as what is asked for do not meet it.
 */
export interface TagConditions {
  /** There is a tag of this key, with a value or without. */
  exists(): Condition;
  equals(value: string): Condition;
  /** @throws RangeError for a threshold that is not finite. */
  atLeast(threshold: number): Condition;
  /** @throws RangeError for a threshold that is not finite. */
  atMost(threshold: number): Condition;
  /**
   * From `min` to `max`, both included.
   *
   * @throws RangeError for a bound that is not finite, or bounds in the wrong order.
   */
  between(min: number, max: number): Condition;
  /**
   * One to three numbers, the missing ones 0; pre-release and build do not count.
   *
   * @throws RangeError for what is no such version; also the next two.
   */
  versionAtLeast(version: string): Condition;
  versionAtMost(version: string): Condition;
  /** Not older, and equal up to the first number that is not 0, as `^1.2.3` in package.json. */
  versionCompatible(version: string): Condition;
  startsWith(prefix: string): Condition;
  /** `pattern` is plain text. */
  contains(pattern: string): Condition;
}

/** Conditions on the text under one metadata key. */
export interface MetadataConditions {
  exists(): Condition;
  equals(value: string): Condition;
  /** `pattern` is plain text. */
  contains(pattern: string): Condition;
  /** @throws RangeError for a threshold that is not finite. */
  atLeast(threshold: number): Condition;
}

/** What {@link where} offers. */
export interface Where {
  /** @throws TypeError for a path that no tag can have. */
  tag(path: TagPath): TagConditions;
  metadata(key: string): MetadataConditions;
  /** All of them; of none: always true. */
  all(...predicates: readonly Predicate[]): Condition;
  /** Any of them; of none: never true. */
  any(...predicates: readonly Predicate[]): Condition;
  /** The contrary, which is also true where something is missing or cannot be read. */
  not(predicate: Predicate): Condition;
}

/**
 * Builds predicates.
 *
 * @example
 * ```ts
 * import { CapabilitySet, matchesPredicate, where } from "@selvage/capability-index";
 * const roomy = where
 *   .tag("hardware.gpu")
 *   .exists()
 *   .or(where.tag("hardware.memory_gb").atLeast(64))
 *   .and(where.tag("software.runtime.python").versionAtLeast("3.10"));
 * const node = CapabilitySet.empty.withTags("hardware.gpu", "software.runtime.python=3.11.5");
 * console.log(matchesPredicate(roomy, node)); // true
 * ```
 */
export const where: Where = Object.freeze({
  tag: (path: TagPath) => tagConditions(toTagKey(path)),
  metadata: metadataConditions,
  all: (...predicates: readonly Predicate[]) => join("and", predicates),
  any: (...predicates: readonly Predicate[]) => join("or", predicates),
  not: negate,
});

function tagConditions(key: TagKey): TagConditions {
  return {
    exists: () => toCondition({ kind: "exists", key }),
    equals: (value) => toCondition({ kind: "equals", key, value }),
    atLeast: (threshold) =>
      toCondition({ kind: "numeric_at_least", key, threshold: finite("threshold", threshold) }),
    atMost: (threshold) =>
      toCondition({ kind: "numeric_at_most", key, threshold: finite("threshold", threshold) }),
    between(min, max) {
      if (finite("min", min) > finite("max", max)) {
        throw new RangeError(`min must not be above max, got ${min} and ${max}`);
      }
      return toCondition({ kind: "numeric_in_range", key, min, max });
    },
    versionAtLeast: (version) =>
      toCondition({ kind: "semver_at_least", key, version: readable(version) }),
    versionAtMost: (version) =>
      toCondition({ kind: "semver_at_most", key, version: readable(version) }),
    versionCompatible: (version) =>
      toCondition({ kind: "semver_compatible", key, version: readable(version) }),
    startsWith: (prefix) => toCondition({ kind: "string_prefix", key, prefix }),
    contains: (pattern) => toCondition({ kind: "string_matches", key, pattern }),
  };
}

function metadataConditions(key: string): MetadataConditions {
  return {
    exists: () => toCondition({ kind: "metadata_exists", key }),
    equals: (value) => toCondition({ kind: "metadata_equals", key, value }),
    contains: (pattern) => toCondition({ kind: "metadata_matches", key, pattern }),
    atLeast: (threshold) =>
      toCondition({
        kind: "metadata_numeric_at_least",
        key,
        threshold: finite("threshold", threshold),
      }),
  };
}

function toTagKey(path: string): TagKey {
  const axis = AXES.find((axis) => path.startsWith(`${axis}.`));
  if (axis === undefined) {
    throw new TypeError(`path must begin with one of ${AXES.join(", ")} and a dot, got "${path}"`);
  }
  const key = path.slice(axis.length + 1);
  if (/[=:]/.test(key)) throw new TypeError(`a key has neither "=" nor ":", got "${path}"`);
  return Object.freeze({ axis, key });
}

/** JSON, the wire form, knows neither infinities nor NaN. */
function finite(name: string, value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`${name} must be finite, got ${value}`);
  return value;
}

/** A version that cannot be read would make a condition that is never met, or always by `not`. */
function readable(version: string): string {
  if (parseVersion(version) === undefined) {
    throw new RangeError(`version must be one to three numbers with points, got "${version}"`);
  }
  return version;
}
