import { concatBytes, utf8 } from "@selvage/core";

import type { CryptoProvider } from "./crypto-provider.ts";

/** Length of a signature in bytes. */
export const SIGNATURE_BYTES = 64;

const LENGTH_PREFIX_BYTES = 4;

/**
 * The bytes to sign for a purpose: the label and each part, every one behind its length as four
 * big-endian bytes. Different labels or different divisions into parts so never give the same
 * bytes, and a signature made for one purpose means nothing elsewhere.
 */
export function signatureInput(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...[utf8(label), ...parts].flatMap((part) => [lengthPrefix(part), part]));
}

/**
 * Whether `signature` over `message` is by the holder of the entity key; strict, see {@link
 * CryptoProvider.ed25519Verify}.
 */
export function verifySignature(
  provider: CryptoProvider,
  entityKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return provider.ed25519Verify(entityKey, message, signature);
}

function lengthPrefix(part: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(LENGTH_PREFIX_BYTES);
  new DataView(prefix.buffer).setUint32(0, part.length);
  return prefix;
}
