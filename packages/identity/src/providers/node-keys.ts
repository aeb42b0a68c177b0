import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** The two curves of RFC 8037 that Selvage uses, by their JWK names. */
export type Curve = "Ed25519" | "X25519";

/** Imports a raw 32-byte private key. */
export type ImportPrivateKey = (curve: Curve, bytes: Uint8Array) => KeyObject;

const UNUSED_PUBLIC_KEY: string = Buffer.alloc(32).toString("base64url");

/** PKCS#8 up to the raw key (RFC 8410 §7). */
const PKCS8_PREFIX: Readonly<Record<Curve, string>> = {
  Ed25519: "302e020100300506032b657004220420",
  X25519: "302e020100300506032b656e04220420",
};

/**
 * Imports a raw public key. As a JWK this takes 8 µs, as DER 100 µs: OpenSSL 3 searches its
 * decoders each time.
 */
export function importPublicKey(curve: Curve, bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: curve, x: base64url(bytes) }, format: "jwk" });
}

/**
 * Imports a private key as a JWK (50 µs). The format also wants the public key, but Node computes
 * it from the private one and ignores what is given; {@link selectImportPrivateKey} checks that it
 * still does.
 */
export const privateKeyFromJwk: ImportPrivateKey = (curve, bytes) =>
  createPrivateKey({
    key: { kty: "OKP", crv: curve, x: UNUSED_PUBLIC_KEY, d: base64url(bytes) },
    format: "jwk",
  });

/** Imports a private key as PKCS#8 (500 µs). */
export const privateKeyFromDer: ImportPrivateKey = (curve, bytes) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from(PKCS8_PREFIX[curve], "hex"), bytes]),
    format: "der",
    type: "pkcs8",
  });

/** The raw bytes of a public key, or of a private key's public half. */
export function exportPublicKey(key: KeyObject): Uint8Array {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return new Uint8Array(Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url"));
}

/** The fastest way of importing a private key that is right on this runtime. */
export function selectImportPrivateKey(
  fast: ImportPrivateKey = privateKeyFromJwk,
): ImportPrivateKey {
  const sample = new Uint8Array(32).fill(1);
  try {
    const expected = exportPublicKey(privateKeyFromDer("X25519", sample));
    const actual = exportPublicKey(fast("X25519", sample));
    return Buffer.compare(expected, actual) === 0 ? fast : privateKeyFromDer;
  } catch {
    return privateKeyFromDer;
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");
}
