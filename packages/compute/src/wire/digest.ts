import { concatBytes, utf8 } from "@selvage/core";
import { type CryptoProvider, defaultProvider } from "@selvage/identity";

/** Length of a label in bytes; shorter ones are filled up with zeros. */
const LABEL_BYTES = 16;

let provider: CryptoProvider | undefined;

/** What {@link digest} is for; the same bytes mean something else under another label. */
export function digestLabel(text: string): Uint8Array {
  const label = new Uint8Array(LABEL_BYTES);
  label.set(utf8(text));
  return label;
}

/**
 * BLAKE2s-256 over a label and parts. Neither keyed nor shortened, because only so OpenSSL computes
 * it, ten times faster than plain JavaScript for large input.
 */
export function digest(label: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  provider ??= defaultProvider();
  return provider.blake2s(concatBytes(label, ...parts));
}

/** The first eight bytes of {@link digest} as a little-endian number. */
export function shortDigest(label: Uint8Array, ...parts: readonly Uint8Array[]): bigint {
  const bytes = digest(label, ...parts);
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}
