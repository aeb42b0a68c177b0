import type { Axis } from "../tags/tag.ts";

/** What a condition on a tag is about: `hardware` and `memory_gb` of `hardware.memory_gb=64`. */
export interface TagKey {
  readonly axis: Axis;
  readonly key: string;
}

/**
 * A condition without parts. Those with a {@link TagKey} are about the values of the tags of exactly
 * that key, and hold if any of them does it; `hardware.gpu`, which has no value, only `exists`.
 * What is missing or cannot be read meets no condition.
 */
export type PredicateLeaf =
  /** There is a tag of this key, with a value or without. */
  | { readonly kind: "exists"; readonly key: TagKey }
  | { readonly kind: "equals"; readonly key: TagKey; readonly value: string }
  | {
      readonly kind: "numeric_at_least" | "numeric_at_most";
      readonly key: TagKey;
      readonly threshold: number;
    }
  /** From `min` to `max`, both included. */
  | {
      readonly kind: "numeric_in_range";
      readonly key: TagKey;
      readonly min: number;
      readonly max: number;
    }
  | {
      readonly kind: "semver_at_least" | "semver_at_most" | "semver_compatible";
      readonly key: TagKey;
      readonly version: string;
    }
  | { readonly kind: "string_prefix"; readonly key: TagKey; readonly prefix: string }
  /** The value contains the pattern, which is plain text. */
  | { readonly kind: "string_matches"; readonly key: TagKey; readonly pattern: string }
  | { readonly kind: "metadata_exists"; readonly key: string }
  | { readonly kind: "metadata_equals"; readonly key: string; readonly value: string }
  /** The text under the key contains the pattern, which is plain text. */
  | { readonly kind: "metadata_matches"; readonly key: string; readonly pattern: string }
  | {
      readonly kind: "metadata_numeric_at_least";
      readonly key: string;
      readonly threshold: number;
    };

/**
 * A question about a capability set that is answered by yes or no, as plain data. Kinds and fields
 * are those of its wire form. Made by {@link where} or `decodePredicate`, which give immutable
 * ones. `and` of nothing is true, `or` of nothing is false.
 */
export type Predicate =
  | PredicateLeaf
  | { readonly kind: "and"; readonly children: readonly Predicate[] }
  | { readonly kind: "or"; readonly children: readonly Predicate[] }
  | { readonly kind: "not"; readonly child: Predicate };

/** What predicates ask of what they are about; a {@link CapabilitySet} is one. */
export interface PredicateSubject {
  /** Whether any tag has exactly this key, with a value or without. */
  hasKey(axis: Axis, key: string): boolean;
  /** The values of all tags of exactly this key. */
  values(axis: Axis, key: string): readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** Whether a predicate has no parts. */
export function isLeaf(predicate: Predicate): predicate is PredicateLeaf {
  return predicate.kind !== "and" && predicate.kind !== "or" && predicate.kind !== "not";
}

/** The parts of a predicate, in the order of writing. */
export function childrenOf(predicate: Predicate): readonly Predicate[] {
  if (isLeaf(predicate)) return NONE;
  return predicate.kind === "not" ? [predicate.child] : predicate.children;
}

const NONE: readonly Predicate[] = [];
