import { PacketType, readU32 } from "../packet/header.ts";
import { COOKIE_NONCE_BYTES, SEALED_COOKIE_BYTES } from "./cookies.ts";
import { startPacket } from "./packets.ts";
import { BODY_AT } from "./psk-keys.ts";
import type { VersionRange } from "./versions.ts";

const COOKIE_NONCE_AT = BODY_AT + 4;
const SEALED_COOKIE_AT = COOKIE_NONCE_AT + COOKIE_NONCE_BYTES;
const COOKIE_REPLY_BYTES = SEALED_COOKIE_AT + SEALED_COOKIE_BYTES;
const VERSIONS_AT = BODY_AT + 5;

/** An answer to message 1 that asks for proof of its sender's address. */
export interface CookieReply {
  readonly initiatorIndex: number;
  readonly nonce: Uint8Array;
  /** The cookie, sealed under the pre-shared key and bound to the message that it answers. */
  readonly sealed: Uint8Array;
}

/** A cookie reply without its mac. */
export function writeCookieReply({ initiatorIndex, nonce, sealed }: CookieReply): Uint8Array {
  const writer = startPacket(PacketType.cookieReply, COOKIE_REPLY_BYTES);
  writer.u32(initiatorIndex);
  writer.raw(nonce);
  writer.raw(sealed);
  return writer.bytes;
}

/** Reads a cookie reply; `undefined` if it is malformed. The parts are views. */
export function readCookieReply(packet: Uint8Array): CookieReply | undefined {
  if (packet.length < COOKIE_REPLY_BYTES) return undefined;
  return {
    initiatorIndex: readU32(packet, BODY_AT),
    nonce: packet.subarray(COOKIE_NONCE_AT, SEALED_COOKIE_AT),
    sealed: packet.subarray(SEALED_COOKIE_AT, COOKIE_REPLY_BYTES),
  };
}

/** An answer to a message 1 of versions of which we speak none. */
export interface VersionList {
  readonly initiatorIndex: number;
  /** The versions that its sender speaks. */
  readonly versions: readonly number[];
}

/** A version list without its mac. */
export function writeVersionList(initiatorIndex: number, { min, max }: VersionRange): Uint8Array {
  const writer = startPacket(PacketType.versionList, VERSIONS_AT + max - min + 1);
  writer.u32(initiatorIndex);
  writer.u8(max - min + 1);
  for (let version = min; version <= max; version++) writer.u8(version);
  return writer.bytes;
}

/** Reads a version list; `undefined` if it is malformed. */
export function readVersionList(packet: Uint8Array): VersionList | undefined {
  const end = VERSIONS_AT + (packet[VERSIONS_AT - 1] ?? 0);
  if (packet.length < VERSIONS_AT || packet.length < end) return undefined;
  return {
    initiatorIndex: readU32(packet, BODY_AT),
    versions: [...packet.subarray(VERSIONS_AT, end)],
  };
}
