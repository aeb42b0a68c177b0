import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, fromHex, utf8 } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { hasStrictEncodings } from "../src/providers/ed25519-strict.ts";
import { allProviders } from "./all-providers.ts";

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
const ORDER_8 = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
const TORSION = Array.from({ length: 8 }, (_, i) => ORDER_8.multiplyUnsafe(BigInt(i)));
const SEED = fromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
}

function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint {
  return toNumber(sha512(concatBytes(r, a, message))) % ORDER;
}

/** Signs with a public key and an R to each of which a point of small order was added. */
function signWithTorsion(
  addToA: typeof ORDER_8,
  addToR: typeof ORDER_8,
  message: Uint8Array,
): { publicKey: Uint8Array; signature: Uint8Array; k: bigint } {
  const secret = ed25519.utils.getExtendedPublicKey(SEED).scalar;
  const nonce = 123_456_789n;
  const publicKey = Point.BASE.multiply(secret).add(addToA).toBytes();
  const r = Point.BASE.multiply(nonce).add(addToR).toBytes();
  const k = challenge(r, publicKey, message);
  return {
    publicKey,
    signature: concatBytes(r, littleEndian((nonce + k * secret) % ORDER)),
    k,
  };
}

/** Every encoding of the eight points of small order: canonical, y + p, and zero x with a sign. */
const SMALL_ORDER_ENCODINGS: readonly Uint8Array[] = TORSION.flatMap((point) => {
  const { y } = point.toAffine();
  const ys = [y, y + P].filter((value) => value < 1n << 255n);
  return ys.flatMap((value) => [littleEndian(value), littleEndian(value + (1n << 255n))]);
});

describe.each(allProviders)("strict verification by the $name provider", (provider) => {
  test("refuses every public key of small order, though the equation would hold", () => {
    expect(SMALL_ORDER_ENCODINGS.length).toBeGreaterThanOrEqual(16);
    for (const publicKey of SMALL_ORDER_ENCODINGS) {
      const r = Point.BASE.toBytes();
      // With k divisible by 8 the key vanishes from the equation: R = [1]B fits any such message.
      const message = [...Array(64).keys()]
        .map((i) => utf8(`message ${i}`))
        .find((candidate) => challenge(r, publicKey, candidate) % 8n === 0n);
      expect(message).toBeDefined();
      const signature = concatBytes(r, littleEndian(1n));
      expect(provider.ed25519Verify(publicKey, message ?? utf8(""), signature)).toBe(false);
    }
  });

  test("refuses every R of small order, though the equation would hold", () => {
    const secret = ed25519.utils.getExtendedPublicKey(SEED).scalar;
    const publicKey = ed25519.getPublicKey(SEED);
    const message = utf8("hello");
    for (const r of SMALL_ORDER_ENCODINGS) {
      const s = (challenge(r, publicKey, message) * secret) % ORDER;
      const signature = concatBytes(r, littleEndian(s));
      expect(provider.ed25519Verify(publicKey, message, signature)).toBe(false);
    }
  });

  test("refuses S plus the group order, the same signature in other bytes", () => {
    const publicKey = provider.ed25519PublicKey(SEED);
    const message = utf8("hello");
    const signature = provider.ed25519Sign(SEED, message);
    const s = toNumber(signature.subarray(32));
    for (let value = s + ORDER; value < 1n << 256n; value += ORDER) {
      const malleable = concatBytes(signature.subarray(0, 32), littleEndian(value));
      expect(provider.ed25519Verify(publicKey, message, malleable)).toBe(false);
    }
    expect(provider.ed25519Verify(publicKey, message, signature)).toBe(true);
  });

  test("uses the equation without the cofactor, as all must to agree", () => {
    for (const torsion of TORSION.slice(1)) {
      for (let i = 0; i < 12; i++) {
        const message = utf8(`message ${i}`);
        const mixedR = signWithTorsion(Point.ZERO, torsion, message);
        expect(provider.ed25519Verify(mixedR.publicKey, message, mixedR.signature)).toBe(false);
        const mixedA = signWithTorsion(torsion, Point.ZERO, message);
        const vanishes = torsion.multiplyUnsafe(mixedA.k % 8n).is0();
        expect(provider.ed25519Verify(mixedA.publicKey, message, mixedA.signature)).toBe(vanishes);
      }
    }
  });

  test("answers false, never throws, for points off the curve and odd lengths", () => {
    const message = utf8("hello");
    const signature = provider.ed25519Sign(SEED, message);
    const publicKey = provider.ed25519PublicKey(SEED);
    const offCurve = littleEndian(2n);
    expect(() => Point.fromBytes(offCurve)).toThrow(/bad point/);
    expect(provider.ed25519Verify(offCurve, message, signature)).toBe(false);
    for (const length of [0, 31, 33]) {
      const odd = new Uint8Array(length).fill(1);
      expect(provider.ed25519Verify(odd, message, signature)).toBe(false);
    }
    for (const length of [0, 63, 65]) {
      const odd = new Uint8Array(length);
      odd.set(signature.subarray(0, length));
      expect(provider.ed25519Verify(publicKey, message, odd)).toBe(false);
    }
  });

  test("names the seed when its length is wrong", () => {
    expect(() => provider.ed25519PublicKey(new Uint8Array(31))).toThrow(/seed must be 32 bytes/);
    expect(() => provider.ed25519Sign(new Uint8Array(33), utf8("x"))).toThrow(RangeError);
  });
});

test("no encoding of y at or above the field's prime is strict, whatever its sign", () => {
  const scalar = littleEndian(1n);
  const r = Point.BASE.toBytes();
  for (let y = P; y < 1n << 255n; y++) {
    for (const sign of [0n, 1n << 255n]) {
      const encoding = littleEndian(y + sign);
      expect(hasStrictEncodings(encoding, concatBytes(r, scalar))).toBe(false);
      expect(hasStrictEncodings(r, concatBytes(encoding, scalar))).toBe(false);
    }
  }
  expect(hasStrictEncodings(littleEndian(P - 2n), concatBytes(r, scalar))).toBe(true);
});

test("S is strict exactly below the group order", () => {
  const r = Point.BASE.toBytes();
  const strict = (s: bigint): boolean => hasStrictEncodings(r, concatBytes(r, littleEndian(s)));
  expect([strict(0n), strict(ORDER - 1n), strict(ORDER), strict(ORDER + 1n)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
