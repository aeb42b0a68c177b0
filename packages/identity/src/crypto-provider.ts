/**
 * An authenticated cipher bound to one key: ChaCha20-Poly1305 as in RFC 8439, with 12-byte nonces
 * and 16-byte tags. Made once per key and kept, because per-packet work must not include key
 * set-up.
 */
export interface Aead {
  /**
   * Encrypts `plaintext` and writes ciphertext followed by the tag into `out`, starting at
   * `outOffset`. `plaintext` may be the very region that is written (in place), but must not
   * overlap it otherwise.
   *
   * @throws RangeError when the nonce is not 12 bytes or `out` is too short.
   */
  seal(
    nonce: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
    out: Uint8Array,
    outOffset: number,
  ): void;
  /**
   * Decrypts ciphertext and tag into `out`, starting at 0; `out` may begin exactly where `sealed`
   * begins (in place).
   *
   * @returns false when `sealed` does not authenticate; the content of `out` is then unspecified
   * and must not be used.
   * @throws RangeError when the nonce is not 12 bytes or `out` is too short.
   */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean;
}

/** Options of {@link CryptoProvider.blake2s}. */
export interface Blake2sOptions {
  /** Turns the hash into a MAC or PRF; 1 to 32 bytes. */
  readonly key?: Uint8Array | undefined;
  /** Digest length in bytes, 1 to 32; default 32. */
  readonly length?: number | undefined;
}

/**
 * The primitives that Selvage stands on, behind one synchronous interface, so that the fastest
 * implementation present is used and all of them are interchangeable byte for byte. Returned arrays
 * belong to the caller.
 */
export interface CryptoProvider {
  /** Which implementation this is, for logs and statistics. */
  readonly name: "sodium" | "node" | "noble" | (string & {});
  /** Binds ChaCha20-Poly1305 (RFC 8439) to a 32-byte key, which is copied. */
  aead(key: Uint8Array): Aead;
  /** BLAKE2s (RFC 7693), optionally keyed or shortened. */
  blake2s(data: Uint8Array, options?: Blake2sOptions): Uint8Array;
  /**
   * HMAC (RFC 2104) over BLAKE2s with its 64-byte block, as Noise's HKDF needs it: not keyed
   * BLAKE2s.
   */
  hmacBlake2s(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** The X25519 public key (RFC 7748) of a 32-byte private key. */
  x25519PublicKey(privateKey: Uint8Array): Uint8Array;
  /**
   * The X25519 shared secret (RFC 7748).
   *
   * @throws {@link IdentityError} with kind `weak-key` when the secret is all zero, that is for
   * public keys of small order.
   */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /** The Ed25519 public key (RFC 8032) of a 32-byte seed. */
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  /** The 64-byte Ed25519 signature (RFC 8032, deterministic) of `message` under a 32-byte seed. */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * Verifies an Ed25519 signature strictly: a public key or R of small order, an encoding of either
   * that is not canonical, and S not below the group order are all refused, so that a signature has
   * one meaning everywhere. Never throws for input of any content or length.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}
