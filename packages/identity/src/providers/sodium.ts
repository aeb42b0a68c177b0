import { copyBytes } from "@selvage/core";

import { requireLength } from "../arguments.ts";
import type { Aead, CryptoProvider } from "../crypto-provider.ts";
import { IdentityError } from "../errors.ts";
import { checkOpen, checkSeal, KEY_BYTES, TAG_BYTES } from "./aead-bounds.ts";
import { nobleProvider } from "./noble.ts";
import { isNodeProviderSupported, nodeProvider } from "./node.ts";
import { loadSodium, type SodiumBinding } from "./sodium-binding.ts";

/**
 * The provider over libsodium, through the optional peer `sodium-native`: about 1 µs per small
 * packet. `undefined` when that is not installed or does not run here.
 */
export function sodiumProvider(): CryptoProvider | undefined {
  const sodium = loadSodium();
  return sodium === undefined ? undefined : providerOver(sodium);
}

function providerOver(sodium: SodiumBinding): CryptoProvider {
  // libsodium has no BLAKE2s. Verification is left to OpenSSL too, so that what counts as a valid
  // signature does not hang on the version of libsodium that a user happens to have.
  const { blake2s, hmacBlake2s, ed25519Verify } = isNodeProviderSupported()
    ? nodeProvider()
    : nobleProvider();
  return {
    name: "sodium",
    aead: (key) => new SodiumAead(sodium, key),
    blake2s,
    hmacBlake2s,
    x25519PublicKey: (privateKey) => {
      requireLength("privateKey", privateKey, 32);
      const publicKey = new Uint8Array(32);
      sodium.crypto_scalarmult_base(publicKey, privateKey);
      return publicKey;
    },
    x25519: (privateKey, publicKey) => {
      requireLength("privateKey", privateKey, 32);
      requireLength("publicKey", publicKey, 32);
      const secret = new Uint8Array(32);
      try {
        sodium.crypto_scalarmult(secret, privateKey, publicKey);
      } catch (cause) {
        throw new IdentityError("weak-key", "the x25519 shared secret is all zero", { cause });
      }
      return secret;
    },
    ed25519PublicKey: (seed) => keyPair(sodium, seed).publicKey,
    ed25519Sign: (seed, message) => {
      const signature = new Uint8Array(64);
      sodium.crypto_sign_detached(signature, message, keyPair(sodium, seed).secretKey);
      return signature;
    },
    ed25519Verify,
  };
}

function keyPair(
  sodium: SodiumBinding,
  seed: Uint8Array,
): { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array } {
  requireLength("seed", seed, 32);
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  return { publicKey, secretKey };
}

class SodiumAead implements Aead {
  readonly #sodium: SodiumBinding;
  readonly #key: Uint8Array;

  constructor(sodium: SodiumBinding, key: Uint8Array) {
    requireLength("key", key, KEY_BYTES);
    this.#sodium = sodium;
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
    const sealed = out.subarray(outOffset, outOffset + plaintext.length + TAG_BYTES);
    this.#sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
      sealed,
      plaintext,
      aad,
      null,
      nonce,
      this.#key,
    );
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean {
    if (!checkOpen(nonce, sealed, out)) return false;
    const length = sealed.length - TAG_BYTES;
    const plaintext = out.subarray(0, length);
    try {
      const written = this.#sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
        plaintext,
        null,
        sealed,
        aad,
        nonce,
        this.#key,
      );
      // The binding passes libsodium's status through an unsigned count; anything but the length is
      // a failure.
      return written === length;
    } catch {
      return false;
    }
  }
}
