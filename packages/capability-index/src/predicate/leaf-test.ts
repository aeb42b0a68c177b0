import { parseNumber } from "./numeric.ts";
import type { PredicateLeaf, PredicateSubject, TagKey } from "./predicate.ts";
import { compareVersions, isCompatible, parseVersion, type Version } from "./version.ts";

/** Says whether a subject meets one condition. */
export type LeafTest = (subject: PredicateSubject) => boolean;

/** The test of a leaf; what the leaf itself says is read once, here. */
export function leafTest(leaf: PredicateLeaf): LeafTest {
  switch (leaf.kind) {
    case "exists": {
      const { axis, key } = leaf.key;
      return (subject) => subject.hasKey(axis, key);
    }
    case "equals":
      return anyValue(leaf.key, (value) => value === leaf.value);
    case "numeric_at_least":
      return anyValue(leaf.key, (value) => parseNumber(value) >= leaf.threshold);
    case "numeric_at_most":
      return anyValue(leaf.key, (value) => parseNumber(value) <= leaf.threshold);
    case "numeric_in_range":
      return anyValue(leaf.key, (value) => {
        const number = parseNumber(value);
        return number >= leaf.min && number <= leaf.max;
      });
    case "semver_at_least":
      return anyVersion(leaf.key, leaf.version, (has, asked) => compareVersions(has, asked) >= 0);
    case "semver_at_most":
      return anyVersion(leaf.key, leaf.version, (has, asked) => compareVersions(has, asked) <= 0);
    case "semver_compatible":
      return anyVersion(leaf.key, leaf.version, isCompatible);
    case "string_prefix":
      return anyValue(leaf.key, (value) => value.startsWith(leaf.prefix));
    case "string_matches":
      return anyValue(leaf.key, (value) => value.includes(leaf.pattern));
    case "metadata_exists":
      return ({ metadata }) => metadata.has(leaf.key);
    case "metadata_equals":
      return text(leaf.key, (value) => value === leaf.value);
    case "metadata_matches":
      return text(leaf.key, (value) => value.includes(leaf.pattern));
    case "metadata_numeric_at_least":
      return text(leaf.key, (value) => parseNumber(value) >= leaf.threshold);
    default:
      return noPredicate(leaf);
  }
}

function anyValue({ axis, key }: TagKey, test: (value: string) => boolean): LeafTest {
  return (subject) => subject.values(axis, key).some(test);
}

function anyVersion(
  key: TagKey,
  version: string,
  test: (has: Version, asked: Version) => boolean,
): LeafTest {
  const asked = parseVersion(version);
  if (asked === undefined) return () => false;
  return anyValue(key, (value) => {
    const has = parseVersion(value);
    return has !== undefined && test(has, asked);
  });
}

function text(key: string, test: (value: string) => boolean): LeafTest {
  return ({ metadata }) => {
    const value = metadata.get(key);
    return value !== undefined && test(value);
  };
}

/** Reached by callers without types only. */
function noPredicate(leaf: never): never {
  const { kind } = Object(leaf) as { readonly kind?: unknown };
  const what = typeof kind === "string" ? `kind "${kind}"` : typeof leaf;
  throw new TypeError(`a predicate is what where… builds or decodePredicate reads, got ${what}`);
}
