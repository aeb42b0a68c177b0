/** First byte of every datagram. These values and the version byte behind never change meaning. */
export const PacketType = {
  init: 1,
  response: 2,
  final: 3,
  cookieReply: 4,
  versionList: 5,
  unknownSession: 6,
  data: 16,
} as const;

/** The one protocol version spoken so far; the second byte of every datagram. */
export const PROTOCOL_VERSION = 1;

/**
 * Data packet header: type (1) · version (1) · flags (1; bit 0 is the key phase) · receiver's session index (4) · packet
 * number (7). The whole header is the AEAD's associated data.
 */
export const DATA_HEADER_BYTES = 14;

/** The tag of ChaCha20-Poly1305. */
export const AEAD_TAG_BYTES = 16;

/** What header and tag add to the frames of a packet. */
export const PACKET_OVERHEAD_BYTES: number = DATA_HEADER_BYTES + AEAD_TAG_BYTES;

/** Sessions end long before this many packets; it is where numbers would stop being exact. */
export const MAX_PACKET_NUMBER: number = Number.MAX_SAFE_INTEGER;

/** Writes the data packet header at the start of `out`. */
export function writeDataHeader(
  out: Uint8Array,
  index: number,
  packetNumber: number,
  keyPhase = 0,
): void {
  out[0] = PacketType.data;
  out[1] = PROTOCOL_VERSION;
  out[2] = keyPhase & 1;
  out[3] = index;
  out[4] = index >>> 8;
  out[5] = index >>> 16;
  out[6] = index >>> 24;
  const high = Math.floor(packetNumber / 0x1_0000_0000);
  out[7] = packetNumber;
  out[8] = packetNumber >>> 8;
  out[9] = packetNumber >>> 16;
  out[10] = packetNumber >>> 24;
  out[11] = high;
  out[12] = high >>> 8;
  out[13] = high >>> 16;
}

/** The lowest bit of the key phase of a data packet. The caller has checked the length. */
export function readKeyPhaseBit(packet: Uint8Array): number {
  return (packet[2] as number) & 1;
}

/** The receiver's session index of a data packet. The caller has checked the length. */
export function readSessionIndex(packet: Uint8Array): number {
  return readU32(packet, 3);
}

/** The packet number of a data packet. The caller has checked the length. */
export function readPacketNumber(packet: Uint8Array): number {
  const high =
    (packet[11] as number) | ((packet[12] as number) << 8) | ((packet[13] as number) << 16);
  return high * 0x1_0000_0000 + readU32(packet, 7);
}

/** Writes the 12-byte AEAD nonce of a packet number: four zero bytes and the number, as in Noise. */
export function writeNonce(out: Uint8Array, packetNumber: number): void {
  const high = Math.floor(packetNumber / 0x1_0000_0000);
  out[4] = packetNumber;
  out[5] = packetNumber >>> 8;
  out[6] = packetNumber >>> 16;
  out[7] = packetNumber >>> 24;
  out[8] = high;
  out[9] = high >>> 8;
  out[10] = high >>> 16;
}

/** Little-endian 32-bit unsigned integer. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}
