import type { Predicate } from "./predicate.ts";

/** What stands in a label in place of what it must not tell. */
const REDACTED = "<redacted>";

/** How labels that tell what the text under a metadata key is compared with are written. */
const TELLING = {
  metadata_equals: { open: "MetadataEquals(", middle: "=", close: ")" },
  metadata_matches: { open: "MetadataMatches(", middle: ' contains "', close: '")' },
  metadata_numeric_at_least: { open: "MetadataNumericAtLeast(", middle: " >= ", close: ")" },
} as const;

/** The label of a clause, `label`, without what it says about any of these metadata keys. */
export function redactClause(clause: Predicate, label: string, keys: ReadonlySet<string>): string {
  if (
    clause.kind !== "metadata_equals" &&
    clause.kind !== "metadata_matches" &&
    clause.kind !== "metadata_numeric_at_least"
  ) {
    return label;
  }
  const { open, middle, close } = TELLING[clause.kind];
  return keys.has(clause.key) ? open + clause.key + middle + REDACTED + close : label;
}

/**
 * The same for a label of which the clause is not known. Where a key itself looks like the rest of
 * a label, rather too much is hidden: the shortest key that fits ends it.
 */
export function redactText(label: string, keys: ReadonlySet<string>): string {
  for (const { open, middle, close } of Object.values(TELLING)) {
    if (!label.startsWith(open)) continue;
    const fitting = [...keys].filter((key) => label.startsWith(key + middle, open.length));
    const key = fitting.toSorted((a, b) => a.length - b.length)[0];
    if (key !== undefined) return open + key + middle + REDACTED + close;
  }
  return label;
}
