import { fromHex, toHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

declare const originTagBrand: unique symbol;

/**
 * The first eight bytes of an {@link OriginHash}, in hexadecimal: how links name their origin. Who
 * needs to be sure compares whole origin hashes or entity keys.
 */
export type OriginTag = string & { readonly [originTagBrand]: true };

/** Length of an origin tag in bytes. */
export const ORIGIN_TAG_BYTES = 8;

/** The tag of an origin. */
export function originTag(origin: OriginHash): OriginTag {
  const tag: string = origin.slice(0, 2 * ORIGIN_TAG_BYTES);
  return tag as OriginTag;
}

/** Reads a tag from its eight bytes. */
export function originTagOf(bytes: Uint8Array): OriginTag {
  return toHex(bytes) as OriginTag;
}

/** The eight bytes of a tag. */
export function originTagBytes(tag: OriginTag): Uint8Array {
  return fromHex(tag);
}
