import { fromHex } from "@selvage/core";

/**
 * What the encodings of an Ed25519 public key and signature must satisfy before the group equation
 * is looked at.
 *
 * Implementations disagree about odd inputs (see "Taming the many EdDSAs", Chalkias et al. 2020). A
 * signature that one node accepts and another refuses would split their views, so all providers
 * apply these rules and then the equation without the cofactor, R = [S]B − [k]A, compared as bytes.
 */

const FIELD_TOP = 0x7f;

/**
 * The y coordinates of the eight points of small order, little-endian; the sign bit does not
 * matter.
 */
const SMALL_ORDER_Y: readonly string[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
];

const SMALL_ORDER: readonly Uint8Array[] = SMALL_ORDER_Y.map(fromHex);

/**
 * The order of the prime-order subgroup, 2^252 + 27742317777372353535851937790883648493,
 * little-endian.
 */
const GROUP_ORDER: Uint8Array = fromHex(
  "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
);

/** False for anything a strict verifier refuses on sight; the lengths are checked too. */
export function hasStrictEncodings(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === 32 &&
    signature.length === 64 &&
    isStrictPoint(publicKey) &&
    isStrictPoint(signature.subarray(0, 32)) &&
    isBelow(signature.subarray(32), GROUP_ORDER)
  );
}

/** Whether a point's encoding is canonical (y below 2^255 − 19) and not one of small order. */
function isStrictPoint(encoding: Uint8Array): boolean {
  return isCanonicalY(encoding) && !SMALL_ORDER.some((y) => sameY(encoding, y));
}

function isCanonicalY(encoding: Uint8Array): boolean {
  if (((encoding[31] ?? 0) & FIELD_TOP) !== FIELD_TOP) return true;
  for (let i = 30; i > 0; i--) if (encoding[i] !== 0xff) return true;
  return (encoding[0] ?? 0) < 0xed;
}

/**
 * Two encodings whose sign bits alone may differ. A zero x with its sign bit set is of small order
 * as well.
 */
function sameY(encoding: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (encoding[i] !== y[i]) return false;
  return ((encoding[31] ?? 0) & FIELD_TOP) === y[31];
}

/** Compares little-endian numbers of equal length. Public data: it need not take constant time. */
function isBelow(value: Uint8Array, bound: Uint8Array): boolean {
  for (let i = bound.length - 1; i >= 0; i--) {
    const difference = (value[i] ?? 0) - (bound[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
