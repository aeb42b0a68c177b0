import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  diffieHellman,
  getCiphers,
  getHashes,
  hash,
  sign,
  verify,
} from "node:crypto";

import { copyBytes } from "@selvage/core";

import { requireLength } from "../arguments.ts";
import type { Aead, CryptoProvider } from "../crypto-provider.ts";
import { IdentityError } from "../errors.ts";
import { checkOpen, checkSeal, KEY_BYTES, TAG_BYTES } from "./aead-bounds.ts";
import { hasStrictEncodings } from "./ed25519-strict.ts";
import { nobleBlake2s } from "./noble.ts";
import { exportPublicKey, importPublicKey, selectImportPrivateKey } from "./node-keys.ts";

const CIPHER = "chacha20-poly1305";
const HASH = "blake2s256";

/** The provider over `node:crypto` (OpenSSL): about 7 µs per small packet. */
export function nodeProvider(): CryptoProvider {
  const importPrivateKey = selectImportPrivateKey();
  return {
    name: "node",
    aead: (key) => new NodeAead(key),
    blake2s: (data, options) =>
      // OpenSSL's BLAKE2s has neither keys nor other lengths.
      options?.key === undefined && (options?.length ?? 32) === 32
        ? ownBytes(hash(HASH, data, "buffer"))
        : nobleBlake2s(data, options),
    hmacBlake2s: (key, data) => ownBytes(createHmac(HASH, key).update(data).digest()),
    x25519PublicKey: (privateKey) => {
      requireLength("privateKey", privateKey, 32);
      return exportPublicKey(importPrivateKey("X25519", privateKey));
    },
    x25519: (privateKey, publicKey) => {
      requireLength("privateKey", privateKey, 32);
      requireLength("publicKey", publicKey, 32);
      const keys = {
        privateKey: importPrivateKey("X25519", privateKey),
        publicKey: importPublicKey("X25519", publicKey),
      };
      try {
        return ownBytes(diffieHellman(keys));
      } catch (cause) {
        throw new IdentityError("weak-key", "the x25519 shared secret is all zero", { cause });
      }
    },
    ed25519PublicKey: (seed) => {
      requireLength("seed", seed, 32);
      return exportPublicKey(importPrivateKey("Ed25519", seed));
    },
    ed25519Sign: (seed, message) => {
      requireLength("seed", seed, 32);
      return ownBytes(sign(undefined, message, importPrivateKey("Ed25519", seed)));
    },
    ed25519Verify: nodeEd25519Verify,
  };
}

/**
 * Whether this runtime's OpenSSL has what {@link nodeProvider} needs; FIPS builds and Electron do
 * not.
 */
export function isNodeProviderSupported(): boolean {
  return getCiphers().includes(CIPHER) && getHashes().includes(HASH);
}

/** Strict verification with OpenSSL's equation, which compares R as bytes. */
export function nodeEd25519Verify(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return (
    hasStrictEncodings(publicKey, signature) &&
    verify(undefined, message, importPublicKey("Ed25519", publicKey), signature)
  );
}

/**
 * Node answers with a `Buffer`, whose `slice` is a view: callers expect a plain array of their own.
 */
function ownBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer);
}

class NodeAead implements Aead {
  static readonly #options = { authTagLength: TAG_BYTES };
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
    const cipher = createCipheriv(CIPHER, this.#key, nonce, NodeAead.#options);
    cipher.setAAD(aad, { plaintextLength: plaintext.length });
    // A stream cipher holds nothing back, so `final` adds no bytes.
    out.set(cipher.update(plaintext), outOffset);
    cipher.final();
    out.set(cipher.getAuthTag(), outOffset + plaintext.length);
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean {
    if (!checkOpen(nonce, sealed, out)) return false;
    const length = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, this.#key, nonce, NodeAead.#options);
    decipher.setAAD(aad, { plaintextLength: length });
    decipher.setAuthTag(sealed.subarray(length));
    const plaintext = decipher.update(sealed.subarray(0, length));
    try {
      decipher.final();
    } catch {
      return false;
    }
    out.set(plaintext);
    return true;
  }
}
