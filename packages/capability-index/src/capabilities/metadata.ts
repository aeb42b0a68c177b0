import { MAX_METADATA_BYTES, MAX_METADATA_KEYS } from "../defaults.ts";
import { compareUtf8, hasLoneSurrogate, utf8Length } from "../text-order.ts";

/**
 * Metadata keys by which a node steers its own scheduler. They are taken out of what others announce,
 * since they would steer ours.
 */
export const RESERVED_METADATA_KEYS: readonly string[] = [
  "intent",
  "colocate-with",
  "colocate-with-strict",
  "priority",
  "owner",
];

/** Prefixes of metadata keys that only Selvage writes: what tools have there. */
export const RESERVED_METADATA_PREFIXES: readonly string[] = ["tool::"];

/** Texts by key, in the order of the keys' UTF-8 bytes. */
export type Metadata = ReadonlyMap<string, string>;

type Entry = readonly [key: string, text: string];

/** No texts; shared by all sets without. */
export const NO_METADATA: Metadata = new Map();

/**
 * Checks and orders metadata.
 *
 * @throws RangeError for an empty key, ill-formed text, or too much of it.
 */
export function toMetadata(entries: readonly Entry[]): Metadata {
  entries.forEach(checkEntry);
  return assemble(entries);
}

/**
 * With these texts in place of what was under their keys.
 *
 * @throws RangeError for an empty key, ill-formed text, or too much of it.
 */
export function withTexts(held: Metadata, entries: readonly Entry[]): Metadata {
  entries.forEach(checkEntry);
  if (entries.every(([key, text]) => held.get(key) === text)) return held;
  return assemble([...new Map([...held, ...entries])]);
}

/** Without the keys that are chosen; the same if none is. */
export function withoutKeys(held: Metadata, isChosen: (key: string) => boolean): Metadata {
  const kept = [...held].filter(([key]) => !isChosen(key));
  if (kept.length === held.size) return held;
  return kept.length === 0 ? NO_METADATA : new Map(kept);
}

/** Refuses keys that only Selvage writes, with a TypeError. */
export function checkUserKey(key: string): void {
  if (RESERVED_METADATA_PREFIXES.some((prefix) => key.startsWith(prefix))) {
    throw new TypeError(`metadata key "${key.slice(0, 64)}" has a reserved prefix`);
  }
}

/** The bytes of UTF-8 over all keys and values. */
export function metadataBytes(entries: Iterable<Entry>): number {
  let total = 0;
  for (const [key, text] of entries) total += utf8Length(key) + utf8Length(text);
  return total;
}

function checkEntry([key, text]: Entry): void {
  if (key === "") throw new RangeError("a metadata key must not be empty");
  if (hasLoneSurrogate(key) || hasLoneSurrogate(text)) {
    throw new RangeError("metadata must be well-formed text");
  }
}

function assemble(entries: readonly Entry[]): Metadata {
  if (entries.length === 0) return NO_METADATA;
  if (entries.length > MAX_METADATA_KEYS) {
    throw new RangeError(`metadata has at most ${MAX_METADATA_KEYS} keys, got ${entries.length}`);
  }
  const total = metadataBytes(entries);
  if (total > MAX_METADATA_BYTES) {
    throw new RangeError(`metadata has at most ${MAX_METADATA_BYTES} bytes, got ${total}`);
  }
  return new Map(entries.toSorted(([a], [b]) => compareUtf8(a, b)));
}
