import { toHex } from "@selvage/core";
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

/** Writes the eight bytes of a tag. Each link does: parsing two numbers is the quickest way. */
export function writeOriginTag(view: DataView, offset: number, tag: OriginTag): void {
  view.setUint32(offset, Number.parseInt(tag.slice(0, 8), 16));
  view.setUint32(offset + 4, Number.parseInt(tag.slice(8), 16));
}
