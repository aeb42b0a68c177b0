import { equalBytes, toHex } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";

interface Checked {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly isValid: boolean;
}

/**
 * A provider that checks every signature once: all nodes of a simulation get to see the same ones,
 * and to find out whether one is valid takes longer than anything else they do.
 */
export function checkedOnce(crypto: CryptoProvider): CryptoProvider {
  const known = new Map<string, Checked>();
  return {
    name: crypto.name,
    aead: (key) => crypto.aead(key),
    blake2s: (data, options) => crypto.blake2s(data, options),
    hmacBlake2s: (key, data) => crypto.hmacBlake2s(key, data),
    x25519PublicKey: (privateKey) => crypto.x25519PublicKey(privateKey),
    x25519: (privateKey, publicKey) => crypto.x25519(privateKey, publicKey),
    ed25519PublicKey: (seed) => crypto.ed25519PublicKey(seed),
    ed25519Sign: (seed, message) => crypto.ed25519Sign(seed, message),
    ed25519Verify: (publicKey, message, signature) => {
      const key = toHex(signature);
      const before = known.get(key);
      const isKnown =
        before !== undefined &&
        equalBytes(before.publicKey, publicKey) &&
        equalBytes(before.message, message);
      if (isKnown) return before.isValid;
      const isValid = crypto.ed25519Verify(publicKey, message, signature);
      known.set(key, { publicKey: publicKey.slice(), message: message.slice(), isValid });
      return isValid;
    },
  };
}
