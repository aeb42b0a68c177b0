import { utf8 } from "@selvage/core";

/** The prime of 64-bit FNV, without its highest bit, which is 2 to the power of 40. */
const PRIME_LOW = 0x1b3;
const WORD = 0x1_0000_0000;

/** 64-bit FNV-1a of a text in UTF-8, as two halves: numbers of 32 bits are faster than a bigint. */
export function fnv1a(text: string): { readonly high: number; readonly low: number } {
  let high = 0xcbf2_9ce4;
  let low = 0x8422_2325;
  for (const byte of utf8(text)) {
    low = (low ^ byte) >>> 0;
    const product = low * PRIME_LOW;
    high = (high * PRIME_LOW + Math.floor(product / WORD) + ((low << 8) >>> 0)) % WORD;
    low = product % WORD;
  }
  return { high, low };
}

/**
 * Where a text is on a ring of 2 to the power of 32 places. FNV alone leaves texts that differ in their
 * last characters close together, so its bits are mixed, as MurmurHash3 does at its end.
 */
export function ringPosition(text: string): number {
  const { high, low } = fnv1a(text);
  let bits = high ^ low;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
