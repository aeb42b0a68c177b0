import { concatBytes, utf8 } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";

import { CipherState } from "./cipher-state.ts";

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The two keys that a finished handshake yields, one per direction; 32 bytes each. */
export interface NoiseKeys {
  readonly initiatorToResponder: Uint8Array;
  readonly responderToInitiator: Uint8Array;
}

/**
 * Noise's SymmetricState (§5.2): the chaining key that every secret is mixed into, and the hash
 * that binds everything said so far. Method names are the specification's.
 */
export class SymmetricState {
  readonly #provider: CryptoProvider;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState | undefined;

  /** Protocol names longer than a hash are hashed; ours is. */
  constructor(provider: CryptoProvider, protocolName: string) {
    this.#provider = provider;
    this.#hash = provider.blake2s(utf8(protocolName));
    this.#chainingKey = this.#hash;
  }

  /** An independent copy. The arrays are shared: they are replaced, never written to. */
  clone(): SymmetricState {
    const copy = new SymmetricState(this.#provider, "");
    copy.#chainingKey = this.#chainingKey;
    copy.#hash = this.#hash;
    copy.#cipher = this.#cipher;
    return copy;
  }

  /** The hash of everything said so far; a copy. */
  get handshakeHash(): Uint8Array {
    return this.#hash.slice();
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#provider.blake2s(concatBytes(this.#hash, data));
  }

  mixKey(inputKeyMaterial: Uint8Array): void {
    const [chainingKey, key] = this.#hkdf(inputKeyMaterial);
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(this.#provider.aead(key));
  }

  mixKeyAndHash(inputKeyMaterial: Uint8Array): void {
    const [chainingKey, hash, key] = this.#hkdf(inputKeyMaterial);
    this.#chainingKey = chainingKey;
    this.mixHash(hash);
    this.#cipher = new CipherState(this.#provider.aead(key));
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const cipher = this.#requireCipher();
    const sealed = cipher.encrypt(this.#hash, plaintext);
    this.#cipher = cipher.next();
    this.mixHash(sealed);
    return sealed;
  }

  /** `undefined` when it does not authenticate; this state is then of no further use. */
  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    const cipher = this.#requireCipher();
    const plaintext = cipher.decrypt(this.#hash, sealed);
    if (plaintext === undefined) return undefined;
    this.#cipher = cipher.next();
    this.mixHash(sealed);
    return plaintext;
  }

  split(): NoiseKeys {
    const [initiatorToResponder, responderToInitiator] = this.#hkdf(NO_BYTES);
    return { initiatorToResponder, responderToInitiator };
  }

  /** In a pattern with a pre-shared key the first token sets a key already (§9.2). */
  #requireCipher(): CipherState {
    if (this.#cipher === undefined) throw new TypeError("noise: no key was mixed in yet");
    return this.#cipher;
  }

  /** HKDF (§4.3) with three outputs; who needs two ignores the third, which does not change them. */
  #hkdf(inputKeyMaterial: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
    const provider = this.#provider;
    const temporaryKey = provider.hmacBlake2s(this.#chainingKey, inputKeyMaterial);
    const first = provider.hmacBlake2s(temporaryKey, Uint8Array.of(1));
    const second = provider.hmacBlake2s(temporaryKey, concatBytes(first, Uint8Array.of(2)));
    const third = provider.hmacBlake2s(temporaryKey, concatBytes(second, Uint8Array.of(3)));
    return [first, second, third];
  }
}
