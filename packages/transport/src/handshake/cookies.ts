import { type Clock, concatBytes, type Entropy, equalBytes, utf8 } from "@selvage/core";
import type { Aead, CryptoProvider } from "@selvage/identity";

import { BODY_AT, COOKIE_MAC_BYTES, type PskKeys } from "./psk-keys.ts";

/** Length of the random value under which one cookie is sealed. */
export const COOKIE_NONCE_BYTES = 24;
/** Length of a cookie. */
const COOKIE_BYTES = 16;
/** Length of a sealed cookie. */
export const SEALED_COOKIE_BYTES: number = COOKIE_BYTES + 16;

/** How long cookies are made with one secret, in milliseconds. */
const SECRET_LIFETIME_MS = 120_000;
const SECRET_BYTES = 32;
const COOKIE_MAC_END = BODY_AT + COOKIE_MAC_BYTES;

/**
 * Makes cookies and recognises them again, without remembering any: a cookie is a MAC of the
 * address that it is sent to, so that whoever repeats it receives what goes there (WireGuard,
 * §5.3).
 */
export class CookieMaker {
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #crypto: CryptoProvider;
  #secret: Uint8Array;
  #secretEndsAt: number;

  constructor(parts: {
    readonly clock: Clock;
    readonly entropy: Entropy;
    readonly crypto: CryptoProvider;
  }) {
    this.#clock = parts.clock;
    this.#entropy = parts.entropy;
    this.#crypto = parts.crypto;
    this.#secret = new Uint8Array(SECRET_BYTES);
    this.#secretEndsAt = Number.NEGATIVE_INFINITY;
  }

  /** The cookie of a source, for the next two minutes at most. */
  cookieFor(source: string): Uint8Array {
    const now = this.#clock.now();
    if (now >= this.#secretEndsAt) {
      this.#secret = this.#entropy.bytes(SECRET_BYTES);
      this.#secretEndsAt = now + SECRET_LIFETIME_MS;
    }
    return this.#crypto.blake2s(utf8(source), { key: this.#secret, length: COOKIE_BYTES });
  }

  /** Whether a message 1 bears the cookie of its source. */
  isProven(init: Uint8Array, source: string): boolean {
    const mac = init.subarray(BODY_AT, COOKIE_MAC_END);
    if (mac.every((byte) => byte === 0)) return false;
    return equalBytes(mac, cookieMac(this.#crypto, this.cookieFor(source), init));
  }
}

/** Writes the cookie mac into a message 1. It must happen before mac1, which covers it. */
export function writeCookieMac(crypto: CryptoProvider, cookie: Uint8Array, init: Uint8Array): void {
  init.set(cookieMac(crypto, cookie, init), BODY_AT);
}

/** What a cookie is sealed with, beside the pre-shared key. */
export interface CookieSeal {
  /** Random; picks a key for this one cookie. */
  readonly nonce: Uint8Array;
  /** mac1 of the message 1 that is answered: nobody can pass the cookie off as another answer. */
  readonly mac1: Uint8Array;
}

/**
 * Seals a cookie for whoever has the pre-shared key. Each random value gives a key of its own, and
 * 24 bytes are too many for one to come twice: so the cipher's nonce may be zero.
 */
export function sealCookie(
  crypto: CryptoProvider,
  keys: PskKeys,
  { nonce, mac1, cookie }: CookieSeal & { readonly cookie: Uint8Array },
): Uint8Array {
  const sealed = new Uint8Array(SEALED_COOKIE_BYTES);
  oneTimeAead(crypto, keys, nonce).seal(ZERO_NONCE, mac1, cookie, sealed, 0);
  return sealed;
}

/** Opens a sealed cookie; `undefined` if it answers another message or is no cookie. */
export function openCookie(
  crypto: CryptoProvider,
  keys: PskKeys,
  { nonce, mac1, sealed }: CookieSeal & { readonly sealed: Uint8Array },
): Uint8Array | undefined {
  const cookie = new Uint8Array(SEALED_COOKIE_BYTES);
  const aead = oneTimeAead(crypto, keys, nonce);
  return aead.open(ZERO_NONCE, mac1, sealed, cookie) ? cookie.slice(0, COOKIE_BYTES) : undefined;
}

const ZERO_NONCE: Uint8Array = new Uint8Array(12);

const oneTimeAead = (crypto: CryptoProvider, { cookie }: PskKeys, nonce: Uint8Array): Aead =>
  crypto.aead(crypto.blake2s(nonce, { key: cookie }));

/** Keyed BLAKE2s over message 1 without its two macs. */
function cookieMac(crypto: CryptoProvider, cookie: Uint8Array, init: Uint8Array): Uint8Array {
  const covered = concatBytes(init.subarray(0, 2), init.subarray(COOKIE_MAC_END));
  return crypto.blake2s(covered, { key: cookie, length: COOKIE_MAC_BYTES });
}
