import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { blake2s } from "@noble/hashes/blake2.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, copyBytes, equalBytes } from "@selvage/core";

import { requireLength } from "../arguments.ts";
import type { Aead, Blake2sOptions, CryptoProvider } from "../crypto-provider.ts";
import { IdentityError } from "../errors.ts";
import { checkOpen, checkSeal, KEY_BYTES } from "./aead-bounds.ts";
import { hasStrictEncodings } from "./ed25519-strict.ts";

/**
 * The provider in pure JavaScript, from `@noble/*`: runs anywhere, about ten times slower than
 * native code.
 */
export function nobleProvider(): CryptoProvider {
  return {
    name: "noble",
    aead: (key) => new NobleAead(key),
    blake2s: nobleBlake2s,
    hmacBlake2s: (key, data) => hmac(blake2s, key, data),
    x25519PublicKey: (privateKey) => {
      requireLength("privateKey", privateKey, 32);
      return x25519.getPublicKey(privateKey);
    },
    x25519: (privateKey, publicKey) => {
      requireLength("privateKey", privateKey, 32);
      requireLength("publicKey", publicKey, 32);
      try {
        return x25519.getSharedSecret(privateKey, publicKey);
      } catch (cause) {
        throw new IdentityError("weak-key", "the x25519 shared secret is all zero", { cause });
      }
    },
    ed25519PublicKey: (seed) => {
      requireLength("seed", seed, 32);
      return ed25519.getPublicKey(seed);
    },
    ed25519Sign: (seed, message) => {
      requireLength("seed", seed, 32);
      return ed25519.sign(message, seed);
    },
    ed25519Verify: nobleEd25519Verify,
  };
}

/**
 * BLAKE2s by `@noble/hashes`; native providers use it for keyed and shortened hashes, which OpenSSL
 * lacks.
 */
export function nobleBlake2s(
  data: Uint8Array,
  { key, length = 32 }: Blake2sOptions = {},
): Uint8Array {
  return blake2s(data, key === undefined ? { dkLen: length } : { dkLen: length, key });
}

/**
 * Noble's own `verify` multiplies the equation by the cofactor, and so accepts signatures that
 * OpenSSL and libsodium refuse; this one recomputes R instead (RFC 8032 §5.1.7 allows either).
 */
function nobleEd25519Verify(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!hasStrictEncodings(publicKey, signature)) return false;
  const encodedR = signature.subarray(0, 32);
  const scalars = ed25519.Point.Fn;
  try {
    const a = ed25519.Point.fromBytes(publicKey);
    const s = toNumber(signature.subarray(32));
    const k = scalars.create(toNumber(sha512(concatBytes(encodedR, publicKey, message))));
    const r = ed25519.Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
    return equalBytes(r.toBytes(), encodedR);
  } catch {
    // The public key is not on the curve.
    return false;
  }
}

function toNumber(littleEndian: Uint8Array): bigint {
  let value = 0n;
  for (let i = littleEndian.length - 1; i >= 0; i--)
    value = value * 256n + BigInt(littleEndian[i] ?? 0);
  return value;
}

class NobleAead implements Aead {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    requireLength("key", key, KEY_BYTES);
    this.#key = copyBytes(key);
  }

  seal(
    nonce: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
    out: Uint8Array,
    outOffset: number,
  ): void {
    checkSeal(nonce, plaintext, out, outOffset);
    out.set(chacha20poly1305(this.#key, nonce, aad).encrypt(plaintext), outOffset);
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean {
    if (!checkOpen(nonce, sealed, out)) return false;
    try {
      out.set(chacha20poly1305(this.#key, nonce, aad).decrypt(sealed));
      return true;
    } catch {
      return false;
    }
  }
}
