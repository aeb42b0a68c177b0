import fc from "fast-check";

import type { Predicate, PredicateLeaf } from "../../src/index.ts";
import { readings, type Row } from "./naive-model.ts";

const text = fc.constantFrom(...Object.keys(readings));
const axis = fc.constantFrom("hardware" as const, "software" as const);
const name = fc.constantFrom("a", "b", "a.b");
const number = fc.constantFrom(-1, 0, 0.2, 2, 10);
const metadataKey = fc.constantFrom("a", "b", "__proto__", "toString");

const key = fc.record({ axis, key: name });

/** Any condition, over so few keys and values that many are met. */
export const leaf: fc.Arbitrary<PredicateLeaf> = fc.oneof(
  fc.record({ kind: fc.constant("exists" as const), key }),
  fc.record({ kind: fc.constant("equals" as const), key, value: text }),
  fc.record({
    kind: fc.constantFrom("numeric_at_least" as const, "numeric_at_most" as const),
    key,
    threshold: number,
  }),
  fc.record({ kind: fc.constant("numeric_in_range" as const), key, min: number, max: number }),
  fc.record({
    kind: fc.constantFrom(
      "semver_at_least" as const,
      "semver_at_most" as const,
      "semver_compatible" as const,
    ),
    key,
    version: text,
  }),
  fc.record({ kind: fc.constant("string_prefix" as const), key, prefix: text }),
  fc.record({ kind: fc.constant("string_matches" as const), key, pattern: text }),
  fc.record({ kind: fc.constant("metadata_exists" as const), key: metadataKey }),
  fc.record({ kind: fc.constant("metadata_equals" as const), key: metadataKey, value: text }),
  fc.record({ kind: fc.constant("metadata_matches" as const), key: metadataKey, pattern: text }),
  fc.record({
    kind: fc.constant("metadata_numeric_at_least" as const),
    key: metadataKey,
    threshold: number,
  }),
);

/** Any predicate, lists of nothing among them. */
export const predicate: fc.Arbitrary<Predicate> = fc.letrec<{ node: Predicate }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      children: fc.array(tie("node"), { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant("not" as const), child: tie("node") }),
  ),
})).node;

const tag = fc.oneof(
  fc.tuple(axis, name).map(([axis, name]) => `${axis}.${name}`),
  fc
    .tuple(axis, name, fc.constantFrom("=", ":"), text)
    .map(([axis, name, separator, value]) => `${axis}.${name}${separator}${value}`),
);

/** Any row, with several values for some keys. */
export const row: fc.Arbitrary<Row> = fc.record({
  tags: fc.array(tag, { maxLength: 8 }),
  metadata: fc
    .array(fc.tuple(metadataKey, text), { maxLength: 3 })
    .map((entries) => Object.fromEntries(entries)),
});
