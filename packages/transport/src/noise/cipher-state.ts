import type { Aead } from "@selvage/identity";

const NO_BYTES: Uint8Array = new Uint8Array(0);
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Noise's CipherState (§5.1) for ChaCha20-Poly1305: a key with a counting nonce, which is four zero
 * bytes and the count as eight little-endian bytes (§12.3). Immutable, so that a message that turns
 * out to be garbage can be forgotten.
 */
export class CipherState {
  readonly #aead: Aead;
  readonly #count: number;

  constructor(aead: Aead, count = 0) {
    this.#aead = aead;
    this.#count = count;
  }

  /** The state for the next message. */
  next(): CipherState {
    return new CipherState(this.#aead, this.#count + 1);
  }

  encrypt(associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
    this.#aead.seal(this.#nonce(), associatedData, plaintext, sealed, 0);
    return sealed;
  }

  /** `undefined` when it does not authenticate. */
  decrypt(associatedData: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length < TAG_BYTES) return undefined;
    const plaintext =
      sealed.length === TAG_BYTES ? NO_BYTES : new Uint8Array(sealed.length - TAG_BYTES);
    return this.#aead.open(this.#nonce(), associatedData, sealed, plaintext)
      ? plaintext
      : undefined;
  }

  #nonce(): Uint8Array {
    const nonce = new Uint8Array(NONCE_BYTES);
    new DataView(nonce.buffer).setUint32(4, this.#count, true);
    return nonce;
  }
}
