import { BASE_DATAGRAM_BYTES, RELAYED_DATAGRAM_BYTES } from "../defaults.ts";
import { NOISE_MESSAGE_2_OVERHEAD_BYTES, NOISE_MESSAGE_3_OVERHEAD_BYTES } from "../noise/index.ts";
import { ByteWriter } from "../packet/bytes-io.ts";
import { PacketType, PROTOCOL_VERSION, readU32 } from "../packet/header.ts";
import { isRelayAddress } from "../relay/relay-address.ts";
import { BODY_AT, COOKIE_MAC_BYTES } from "./psk-keys.ts";

/**
 * Message 1 fills a whole datagram, so that no answer to somebody unauthenticated is longer than
 * its cause, and so that the path is known to take datagrams of that size.
 */
export const INIT_BYTES: number = BASE_DATAGRAM_BYTES;

/** Length of message 1, in bytes, towards an address; the least that is taken from there, too. */
export function initBytesFor(address: string): number {
  return isRelayAddress(address) ? RELAYED_DATAGRAM_BYTES : INIT_BYTES;
}

const INIT_INDEX_AT = BODY_AT + COOKIE_MAC_BYTES;
const INIT_NOISE_AT = INIT_INDEX_AT + 6;
const RESPONSE_NOISE_AT = BODY_AT + 8;
const FINAL_NOISE_AT = BODY_AT + 4;

/** What message 2 adds to its payload, in bytes. */
export const RESPONSE_OVERHEAD_BYTES: number = RESPONSE_NOISE_AT + NOISE_MESSAGE_2_OVERHEAD_BYTES;
/** What message 3 adds to its payload, in bytes. */
export const FINAL_OVERHEAD_BYTES: number = FINAL_NOISE_AT + NOISE_MESSAGE_3_OVERHEAD_BYTES;

/** Message 1 without its macs: the initiator's index and Noise message. */
export function writeInit(
  index: number,
  noise: Uint8Array,
  length: number = INIT_BYTES,
): Uint8Array {
  const writer = startPacket(PacketType.init, length);
  writer.at = INIT_INDEX_AT;
  writer.u32(index);
  writer.u8(noise.length);
  writer.u8(noise.length >>> 8);
  writer.raw(noise);
  return writer.bytes;
}

/** A decoded message 1. */
export interface Init {
  readonly index: number;
  readonly noise: Uint8Array;
}

/** Reads message 1; `undefined` if it is malformed or shorter than `minBytes`. */
export function readInit(packet: Uint8Array, minBytes: number = INIT_BYTES): Init | undefined {
  if (packet.length < minBytes) return undefined;
  const length =
    (packet[INIT_NOISE_AT - 2] as number) | ((packet[INIT_NOISE_AT - 1] as number) << 8);
  if (INIT_NOISE_AT + length > packet.length) return undefined;
  return {
    index: readU32(packet, INIT_INDEX_AT),
    noise: packet.subarray(INIT_NOISE_AT, INIT_NOISE_AT + length),
  };
}

/**
 * The initiator's index in a message 1 of any version: it stands in the same place for ever, so
 * that every version can be answered. `undefined` if the packet is too short.
 */
export function readInitIndex(packet: Uint8Array): number | undefined {
  return packet.length < INIT_INDEX_AT + 4 ? undefined : readU32(packet, INIT_INDEX_AT);
}

/** Message 2 without its mac. */
export function writeResponse(
  index: number,
  initiatorIndex: number,
  noise: Uint8Array,
): Uint8Array {
  const writer = startPacket(PacketType.response, RESPONSE_NOISE_AT + noise.length);
  writer.u32(index);
  writer.u32(initiatorIndex);
  writer.raw(noise);
  return writer.bytes;
}

/** A decoded message 2. */
export interface Response {
  readonly index: number;
  readonly initiatorIndex: number;
  readonly noise: Uint8Array;
}

/** Reads message 2; `undefined` if it is malformed. */
export function readResponse(packet: Uint8Array): Response | undefined {
  if (packet.length < RESPONSE_NOISE_AT) return undefined;
  return {
    index: readU32(packet, BODY_AT),
    initiatorIndex: readU32(packet, BODY_AT + 4),
    noise: packet.subarray(RESPONSE_NOISE_AT),
  };
}

/** Message 3 without its mac. */
export function writeFinal(responderIndex: number, noise: Uint8Array): Uint8Array {
  const writer = startPacket(PacketType.final, FINAL_NOISE_AT + noise.length);
  writer.u32(responderIndex);
  writer.raw(noise);
  return writer.bytes;
}

/** Reads message 3; `undefined` if it is malformed. */
export function readFinal(
  packet: Uint8Array,
): { readonly responderIndex: number; readonly noise: Uint8Array } | undefined {
  if (packet.length < FINAL_NOISE_AT) return undefined;
  return { responderIndex: readU32(packet, BODY_AT), noise: packet.subarray(FINAL_NOISE_AT) };
}

/** Length of the hint that a session index means nothing here. */
export const UNKNOWN_SESSION_BYTES: number = BODY_AT + 4;

/** That hint without its mac. */
export function writeUnknownSession(index: number): Uint8Array {
  const writer = startPacket(PacketType.unknownSession, UNKNOWN_SESSION_BYTES);
  writer.u32(index);
  return writer.bytes;
}

/** The index that a hint is about; `undefined` if it is malformed. */
export function readUnknownSession(packet: Uint8Array): number | undefined {
  return packet.length < UNKNOWN_SESSION_BYTES ? undefined : readU32(packet, BODY_AT);
}

/** A handshake packet with its type and version, zeros in place of mac1, and room for the rest. */
export function startPacket(type: number, length: number): ByteWriter {
  const writer = new ByteWriter(new Uint8Array(length), BODY_AT);
  writer.bytes[0] = type;
  writer.bytes[1] = PROTOCOL_VERSION;
  return writer;
}
