import { copyBytes, type Entropy, systemEntropy } from "@selvage/core";

import { requireLength } from "./arguments.ts";

/** Length of a pre-shared key in bytes. */
export const PSK_BYTES = 32;

/** A fresh pre-shared key: whoever holds it may join the mesh, so keep it like a password. */
export function generatePsk(entropy: Entropy = systemEntropy): Uint8Array {
  return entropy.bytes(PSK_BYTES);
}

/**
 * Checks a pre-shared key and returns a copy of it.
 *
 * @throws TypeError for anything but bytes: a passphrase can be guessed offline from one recorded
 * handshake.
 * @throws RangeError for another length than 32, or for all zero bytes, which is a buffer that
 * nobody filled.
 */
export function parsePsk(psk: Uint8Array): Uint8Array {
  if (!(psk instanceof Uint8Array)) {
    throw new TypeError(
      `psk must be ${PSK_BYTES} random bytes, got ${typeof psk}: text can be guessed from one ` +
        "recorded handshake; make a key with generatePsk() and read a stored one with fromHex() of @selvage/core",
    );
  }
  requireLength("psk", psk, PSK_BYTES);
  if (psk.every((byte) => byte === 0))
    throw new RangeError("psk must be random, got all zero bytes");
  return copyBytes(psk);
}
