import { concatBytes, equalBytes, utf8 } from "@selvage/core";
import { type CryptoProvider, parsePsk } from "@selvage/identity";

/** Where mac1 lies in every handshake packet; never changes, whatever the version. */
const MAC_AT = 2;
/** Length of mac1. */
export const MAC_BYTES = 16;
/** First byte behind mac1. */
export const BODY_AT: number = MAC_AT + MAC_BYTES;
/** Length of the cookie mac, which follows mac1 in message 1; zeros while no cookie was asked for. */
export const COOKIE_MAC_BYTES = 16;

/** What a pre-shared key is good for: every use has a key of its own. */
export interface PskKeys {
  /** Authenticates handshake packets before any costly work: strangers get silence. */
  readonly mac: Uint8Array;
  /** Enters the Noise handshake. */
  readonly noise: Uint8Array;
  /** Seals cookies on their way to who asked. */
  readonly cookie: Uint8Array;
}

/** Derives the keys of a pre-shared key under separate labels. */
export function derivePskKeys(crypto: CryptoProvider, psk: Uint8Array): PskKeys {
  const key = parsePsk(psk);
  const derive = (label: string): Uint8Array => crypto.blake2s(utf8(label), { key });
  return {
    mac: derive("selvage-mac1-v1"),
    noise: derive("selvage-noise-psk-v1"),
    cookie: derive("selvage-cookie-v1"),
  };
}

/** Writes mac1 into a finished handshake packet. */
export function sealMac(crypto: CryptoProvider, keys: PskKeys, packet: Uint8Array): void {
  packet.set(computeMac(crypto, keys, packet), MAC_AT);
}

/** mac1 of a packet that has one; a view. */
export function macOf(packet: Uint8Array): Uint8Array {
  return packet.subarray(MAC_AT, BODY_AT);
}

/** The keys under which a handshake packet's mac1 is right; `undefined`: a stranger's. */
export function checkMac(
  crypto: CryptoProvider,
  candidates: readonly PskKeys[],
  packet: Uint8Array,
): PskKeys | undefined {
  if (packet.length < BODY_AT) return undefined;
  return candidates.find((keys) => equalBytes(macOf(packet), computeMac(crypto, keys, packet)));
}

/** Keyed BLAKE2s over the packet without the mac itself. */
function computeMac(crypto: CryptoProvider, { mac }: PskKeys, packet: Uint8Array): Uint8Array {
  const covered = concatBytes(packet.subarray(0, MAC_AT), packet.subarray(BODY_AT));
  return crypto.blake2s(covered, { key: mac, length: MAC_BYTES });
}
