import { type NodeId, toHex, utf8 } from "@selvage/core";
import {
  type CryptoProvider,
  deriveNodeId,
  ENTITY_ID_BYTES,
  type EntityId,
  type Identity,
  parseEntityId,
  SIGNATURE_BYTES,
  signatureInput,
  verifySignature,
} from "@selvage/identity";

import { PROTOCOL_VERSION } from "../packet/header.ts";
import type { Role } from "../stream/stream-table.ts";
import {
  decodeHandshakeProof,
  encodeHandshakeProof,
  type TransportParameters,
} from "../wire/handshake.gen.ts";
import { highestCommon, OWN_VERSIONS } from "./versions.ts";

/** Length of a boot id: drawn anew at every start of a process. */
export const BOOT_ID_BYTES = 16;
/** The most dialable addresses a peer may name. */
export const MAX_ADDRESSES = 16;
/** The longest address, in characters. */
export const MAX_ADDRESS_LENGTH = 262;

const SIGNATURE_LABEL = "selvage-handshake-v1";

/** What our side says of itself in every handshake. */
export interface OwnProof {
  readonly identity: Identity;
  readonly bootId: Uint8Array;
  readonly parameters: TransportParameters;
  /** Asked for at each handshake: addresses may change. */
  readonly addresses: () => readonly string[];
}

/** What a peer has proven in its handshake. */
export interface PeerProof {
  readonly nodeId: NodeId;
  readonly entityId: EntityId;
  /** Hexadecimal. */
  readonly bootId: string;
  readonly parameters: TransportParameters;
  readonly addresses: readonly string[];
}

/**
 * The payload of handshake messages 2 and 3: signs who we are over the handshake so far, so that
 * it cannot be moved into another one. Of our addresses it names the first ones, as many as fit
 * into `maxBytes` with the rest.
 */
export function writeProof(
  own: OwnProof,
  role: Role,
  handshakeHash: Uint8Array,
  maxBytes: number,
): Uint8Array {
  const { identity } = own;
  const proof = {
    entityKey: identity.entityId,
    signature: identity.sign(signedBytes(role, handshakeHash, identity.noiseStaticKey.publicKey)),
    bootId: own.bootId,
    minVersion: OWN_VERSIONS.min,
    maxVersion: OWN_VERSIONS.max,
    features: 0,
    parameters: own.parameters,
  };
  for (let addresses = own.addresses().slice(0, MAX_ADDRESSES); ; addresses.pop()) {
    const payload = encodeHandshakeProof({ ...proof, addresses });
    if (payload.length <= maxBytes || addresses.length === 0) return payload;
  }
}

/** Checks a peer's payload; `undefined` if anything about it is wrong. */
export function readProof(
  crypto: CryptoProvider,
  payload: Uint8Array,
  role: Role,
  handshakeHash: Uint8Array,
  staticKey: Uint8Array,
): PeerProof | undefined {
  const proof = decode(payload);
  if (proof === undefined) return undefined;
  const { entityKey, signature, bootId, parameters, addresses } = proof;
  const versions = { min: proof.minVersion, max: proof.maxVersion };
  if (
    // Whoever speaks a higher version that we speak too was talked out of it by somebody.
    highestCommon(versions, OWN_VERSIONS) !== PROTOCOL_VERSION ||
    entityKey.length !== ENTITY_ID_BYTES ||
    signature.length !== SIGNATURE_BYTES ||
    bootId.length !== BOOT_ID_BYTES ||
    parameters === undefined ||
    !areUsable(parameters) ||
    addresses.length > MAX_ADDRESSES ||
    addresses.some((address) => address.length === 0 || address.length > MAX_ADDRESS_LENGTH)
  ) {
    return undefined;
  }
  const signed = signedBytes(role, handshakeHash, staticKey);
  if (!verifySignature(crypto, entityKey, signed, signature)) return undefined;
  return {
    nodeId: deriveNodeId(entityKey),
    entityId: parseEntityId(entityKey),
    bootId: toHex(bootId),
    parameters,
    addresses,
  };
}

const signedBytes = (role: Role, hash: Uint8Array, staticKey: Uint8Array): Uint8Array =>
  signatureInput(SIGNATURE_LABEL, utf8(role), hash, staticKey);

const areUsable = (parameters: TransportParameters): boolean =>
  parameters.streamWindowBytes >= 1_024 &&
  parameters.maxOpenStreams >= 1 &&
  parameters.maxMessageBytes >= 1 &&
  parameters.maxAckDelayMs <= 1_000 &&
  parameters.receiveBudgetBytes >= 4_096;

function decode(payload: Uint8Array): ReturnType<typeof decodeHandshakeProof> | undefined {
  try {
    return decodeHandshakeProof(payload);
  } catch {
    return undefined;
  }
}
