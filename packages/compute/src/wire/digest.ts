import { concatBytes, utf8 } from "@selvage/core";
import { type CryptoProvider, defaultProvider } from "@selvage/identity";

/** Length of a label in bytes; shorter ones are filled up with zeros. */
const LABEL_BYTES = 16;

let provider: CryptoProvider | undefined;

/** What a digest is for; the same bytes mean something else under another label. */
export function digestLabel(text: string): Uint8Array {
  const label = new Uint8Array(LABEL_BYTES);
  label.set(utf8(text));
  return label;
}

/**
 * BLAKE2s-256. Neither keyed nor shortened, because only so OpenSSL computes it, ten times faster than
 * plain JavaScript for large input.
 */
export function digest(input: Uint8Array): Uint8Array {
  provider ??= defaultProvider();
  return provider.blake2s(input);
}

/** The first eight bytes of the digest as a little-endian number. */
export function shortDigestOf(input: Uint8Array): bigint {
  const bytes = digest(input);
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

/** The same over a label and parts. */
export function shortDigest(label: Uint8Array, ...parts: readonly Uint8Array[]): bigint {
  return shortDigestOf(concatBytes(label, ...parts));
}

/** The digest of a label, parts, and the digest of content, which may be large: it is not copied. */
export function checksum(
  label: Uint8Array,
  content: Uint8Array,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  return digest(concatBytes(label, ...parts, digest(content)));
}
