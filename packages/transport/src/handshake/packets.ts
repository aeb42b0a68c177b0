import { BASE_DATAGRAM_BYTES } from "../defaults.ts";
import { ByteWriter } from "../packet/bytes-io.ts";
import { PacketType, PROTOCOL_VERSION, readU32 } from "../packet/header.ts";
import { BODY_AT } from "./psk-keys.ts";

/**
 * Message 1 fills a whole datagram, so that no answer to somebody unauthenticated is longer than
 * its cause, and so that the path is known to take datagrams of that size.
 */
export const INIT_BYTES: number = BASE_DATAGRAM_BYTES;

/** Room for a cookie's MAC behind mac1 in message 1; zero while no cookie was asked for. */
const COOKIE_MAC_BYTES = 16;
const INIT_INDEX_AT = BODY_AT + COOKIE_MAC_BYTES;
const INIT_NOISE_AT = INIT_INDEX_AT + 6;
const RESPONSE_NOISE_AT = BODY_AT + 8;
const FINAL_NOISE_AT = BODY_AT + 4;

/** Message 1 without its mac: the initiator's index and Noise message. */
export function writeInit(index: number, noise: Uint8Array): Uint8Array {
  const writer = start(PacketType.init, INIT_BYTES);
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

/** Reads message 1; `undefined` if it is malformed. */
export function readInit(packet: Uint8Array): Init | undefined {
  if (packet.length < INIT_BYTES) return undefined;
  const length =
    (packet[INIT_NOISE_AT - 2] as number) | ((packet[INIT_NOISE_AT - 1] as number) << 8);
  if (INIT_NOISE_AT + length > packet.length) return undefined;
  return {
    index: readU32(packet, INIT_INDEX_AT),
    noise: packet.subarray(INIT_NOISE_AT, INIT_NOISE_AT + length),
  };
}

/** Message 2 without its mac. */
export function writeResponse(
  index: number,
  initiatorIndex: number,
  noise: Uint8Array,
): Uint8Array {
  const writer = start(PacketType.response, RESPONSE_NOISE_AT + noise.length);
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
  const writer = start(PacketType.final, FINAL_NOISE_AT + noise.length);
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

/** The hint, without its mac, that a session index means nothing here. */
export function writeUnknownSession(index: number): Uint8Array {
  const writer = start(PacketType.unknownSession, BODY_AT + 4);
  writer.u32(index);
  return writer.bytes;
}

/** The index that a hint is about; `undefined` if it is malformed. */
export function readUnknownSession(packet: Uint8Array): number | undefined {
  return packet.length < BODY_AT + 4 ? undefined : readU32(packet, BODY_AT);
}

function start(type: number, length: number): ByteWriter {
  const writer = new ByteWriter(new Uint8Array(length), BODY_AT);
  writer.bytes[0] = type;
  writer.bytes[1] = PROTOCOL_VERSION;
  return writer;
}
