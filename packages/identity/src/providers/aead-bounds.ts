import { requireLength } from "../arguments.ts";

/** Length of a ChaCha20-Poly1305 key. */
export const KEY_BYTES = 32;
/** Length of its nonce. */
export const NONCE_BYTES = 12;
/** Length of its tag. */
export const TAG_BYTES = 16;

/** Checks the arguments of `Aead.seal` before any of them reaches native code. */
export function checkSeal(
  nonce: Uint8Array,
  plaintext: Uint8Array,
  out: Uint8Array,
  outOffset: number,
): void {
  requireLength("nonce", nonce, NONCE_BYTES);
  const needed = plaintext.length + TAG_BYTES;
  if (!(outOffset >= 0 && out.length - outOffset >= needed)) {
    throw new RangeError(`out needs ${needed} bytes from ${outOffset}, has ${out.length}`);
  }
}

/** Checks the arguments of `Aead.open`; false when `sealed` is too short to hold a tag at all. */
export function checkOpen(nonce: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean {
  requireLength("nonce", nonce, NONCE_BYTES);
  const plaintextBytes = sealed.length - TAG_BYTES;
  if (out.length < plaintextBytes) {
    throw new RangeError(`out needs ${plaintextBytes} bytes, has ${out.length}`);
  }
  return plaintextBytes >= 0;
}
