import { assertNever } from "@selvage/core";

import { formatNumber } from "./numeric.ts";
import type { Predicate, TagKey } from "./predicate.ts";
import { quoted } from "./quoted.ts";

/** One clause in words; of a composite its kind and size. Clauses that say the same have one label. */
export function labelOf(clause: Predicate): string {
  switch (clause.kind) {
    case "exists":
      return `Exists(${path(clause.key)})`;
    case "equals":
      return `Equals(${path(clause.key)}=${clause.value})`;
    case "numeric_at_least":
      return `NumericAtLeast(${path(clause.key)} >= ${formatNumber(clause.threshold)})`;
    case "numeric_at_most":
      return `NumericAtMost(${path(clause.key)} <= ${formatNumber(clause.threshold)})`;
    case "numeric_in_range": {
      const range = `[${formatNumber(clause.min)}, ${formatNumber(clause.max)}]`;
      return `NumericInRange(${path(clause.key)} in ${range})`;
    }
    case "semver_at_least":
      return `SemverAtLeast(${path(clause.key)} >= ${clause.version})`;
    case "semver_at_most":
      return `SemverAtMost(${path(clause.key)} <= ${clause.version})`;
    case "semver_compatible":
      return `SemverCompatible(${path(clause.key)} ~= ${clause.version})`;
    case "string_prefix":
      return `StringPrefix(${path(clause.key)} starts with ${quoted(clause.prefix)})`;
    case "string_matches":
      return `StringMatches(${path(clause.key)} contains ${quoted(clause.pattern)})`;
    case "metadata_exists":
      return `MetadataExists(${clause.key})`;
    case "metadata_equals":
      return `MetadataEquals(${clause.key}=${clause.value})`;
    case "metadata_matches":
      return `MetadataMatches(${clause.key} contains ${quoted(clause.pattern)})`;
    case "metadata_numeric_at_least":
      return `MetadataNumericAtLeast(${clause.key} >= ${formatNumber(clause.threshold)})`;
    case "and":
      return `And(${clause.children.length} clauses)`;
    case "or":
      return `Or(${clause.children.length} clauses)`;
    case "not":
      return "Not";
    default:
      return assertNever(clause);
  }
}

function path({ axis, key }: TagKey): string {
  return `${axis}.${key}`;
}
