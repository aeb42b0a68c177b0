import { MAX_METADATA_BYTES, MAX_METADATA_KEYS } from "../defaults.ts";
import { compareUtf8, hasLoneSurrogate, utf8Length } from "../text-order.ts";

/** Texts by key, in the order of the keys' UTF-8 bytes. */
export type Metadata = ReadonlyMap<string, string>;

/** No texts; shared by all sets without. */
export const NO_METADATA: Metadata = new Map();

/**
 * Checks and orders metadata.
 *
 * @throws RangeError for an empty key, ill-formed text, or too much of it.
 */
export function toMetadata(entries: readonly (readonly [string, string])[]): Metadata {
  if (entries.length === 0) return NO_METADATA;
  if (entries.length > MAX_METADATA_KEYS) {
    throw new RangeError(`metadata has at most ${MAX_METADATA_KEYS} keys, got ${entries.length}`);
  }
  for (const [key, value] of entries) {
    if (key === "") throw new RangeError("a metadata key must not be empty");
    if (hasLoneSurrogate(key) || hasLoneSurrogate(value)) {
      throw new RangeError("metadata must be well-formed text");
    }
  }
  const total = metadataBytes(entries);
  if (total > MAX_METADATA_BYTES) {
    throw new RangeError(`metadata has at most ${MAX_METADATA_BYTES} bytes, got ${total}`);
  }
  return new Map(entries.toSorted(([a], [b]) => compareUtf8(a, b)));
}

/** The bytes of UTF-8 over all keys and values. */
export function metadataBytes(entries: Iterable<readonly [string, string]>): number {
  let total = 0;
  for (const [key, value] of entries) total += utf8Length(key) + utf8Length(value);
  return total;
}
