import { createRequire } from "node:module";

/** The part of `sodium-native` 5 that is used; it takes any `Uint8Array` and throws on failure. */
export interface SodiumBinding {
  crypto_aead_chacha20poly1305_ietf_encrypt(
    ciphertext: Uint8Array,
    message: Uint8Array,
    aad: Uint8Array,
    secretNonce: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  crypto_aead_chacha20poly1305_ietf_decrypt(
    message: Uint8Array,
    secretNonce: null,
    ciphertext: Uint8Array,
    aad: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  crypto_scalarmult_base(publicKey: Uint8Array, privateKey: Uint8Array): void;
  crypto_scalarmult(secret: Uint8Array, privateKey: Uint8Array, publicKey: Uint8Array): void;
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
}

const FUNCTIONS: readonly (keyof SodiumBinding)[] = [
  "crypto_aead_chacha20poly1305_ietf_encrypt",
  "crypto_aead_chacha20poly1305_ietf_decrypt",
  "crypto_scalarmult_base",
  "crypto_scalarmult",
  "crypto_sign_seed_keypair",
  "crypto_sign_detached",
];

/**
 * Loads `sodium-native` with the given `require`; `undefined` when it is absent, does not load here
 * or is too old.
 */
export function loadSodium(
  require: (id: string) => unknown = createRequire(import.meta.url),
): SodiumBinding | undefined {
  try {
    const loaded = require("sodium-native");
    return isSodiumBinding(loaded) ? loaded : undefined;
  } catch {
    return undefined;
  }
}

function isSodiumBinding(value: unknown): value is SodiumBinding {
  if (typeof value !== "object" || value === null) return false;
  const members = new Map(Object.entries(value));
  return FUNCTIONS.every((name) => typeof members.get(name) === "function");
}
