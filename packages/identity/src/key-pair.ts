import { toHex } from "@selvage/core";

import { inspectAsString } from "./inspect-as-string.ts";

/** The key pair of a Diffie-Hellman exchange. */
export interface DhKeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes, secret. */
  readonly privateKey: Uint8Array;
}

/**
 * A key pair whose private key no inspection, serialisation or enumeration shows: it must be asked
 * for by name.
 */
export class SecretKeyPair implements DhKeyPair {
  static {
    inspectAsString(this.prototype);
  }

  readonly publicKey: Uint8Array;
  readonly #privateKey: Uint8Array;

  constructor({ publicKey, privateKey }: DhKeyPair) {
    this.publicKey = publicKey;
    this.#privateKey = privateKey;
  }

  get privateKey(): Uint8Array {
    return this.#privateKey;
  }

  toJSON(): { readonly publicKey: string } {
    return { publicKey: toHex(this.publicKey) };
  }

  toString(): string {
    return `SecretKeyPair(${toHex(this.publicKey)})`;
  }
}
