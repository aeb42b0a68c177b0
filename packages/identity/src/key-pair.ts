import { inspect } from "node:util";
import { toHex } from "@selvage/core";

/** The key pair of a Diffie-Hellman exchange. */
export interface DhKeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes, secret. */
  readonly privateKey: Uint8Array;
}

/** A key pair whose private key no inspection, serialisation or enumeration shows: it must be asked for by name. */
export class SecretKeyPair implements DhKeyPair {
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

  /** Inspection with `showHidden` and `getters` would call the getter. */
  [inspect.custom](): string {
    return `SecretKeyPair(${toHex(this.publicKey)})`;
  }
}
