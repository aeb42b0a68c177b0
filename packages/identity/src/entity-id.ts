import { copyBytes, fromHex, type NodeId, parseNodeId, toHex, utf8 } from "@selvage/core";

import { requireLength } from "./arguments.ts";
import { nobleBlake2s } from "./providers/noble.ts";

declare const entityIdBrand: unique symbol;
declare const originHashBrand: unique symbol;

/** Names an entity: its 32-byte Ed25519 public key. */
export type EntityId = Uint8Array & { readonly [entityIdBrand]: true };

/**
 * Names the origin of recorded events: 32 lowercase hexadecimal characters derived from the entity
 * key.
 */
export type OriginHash = string & { readonly [originHashBrand]: true };

/** Length of an entity id in bytes. */
export const ENTITY_ID_BYTES = 32;

const DERIVED_BYTES = 16;
const NODE_ID_LABEL: Uint8Array = utf8("selvage-node-id-v1");
const ORIGIN_LABEL: Uint8Array = utf8("selvage-origin-v1");

/**
 * Reads an entity id from 64 hexadecimal characters or from its bytes, which are copied.
 *
 * @throws TypeError for text that is not hexadecimal, RangeError for the wrong length.
 */
export function parseEntityId(source: string | Uint8Array): EntityId {
  const bytes = typeof source === "string" ? fromHex(source) : copyBytes(source);
  if (!isEntityId(bytes)) {
    throw new RangeError(`entityId must be ${ENTITY_ID_BYTES} bytes, got ${bytes.length}`);
  }
  return bytes;
}

/** The 64 lowercase hexadecimal characters of an entity id. */
export function formatEntityId(entityId: EntityId): string {
  return toHex(entityId);
}

function isEntityId(bytes: Uint8Array): bytes is EntityId {
  return bytes.length === ENTITY_ID_BYTES;
}

/**
 * The node id of an entity key: the first 16 bytes of BLAKE2s(key `selvage-node-id-v1`, entity key)
 * in hexadecimal. Who proves to hold the key thereby proves to be the node.
 *
 * @throws RangeError unless the key has 32 bytes.
 */
export function deriveNodeId(entityKey: Uint8Array): NodeId {
  return parseNodeId(deriveHex(NODE_ID_LABEL, entityKey));
}

/**
 * The origin hash of an entity key: as {@link deriveNodeId} with the label `selvage-origin-v1`.
 *
 * @throws RangeError unless the key has 32 bytes.
 */
export function deriveOriginHash(entityKey: Uint8Array): OriginHash {
  const hash: string = deriveHex(ORIGIN_LABEL, entityKey);
  return hash as OriginHash;
}

function deriveHex(label: Uint8Array, entityKey: Uint8Array): string {
  requireLength("entityKey", entityKey, ENTITY_ID_BYTES);
  return toHex(nobleBlake2s(entityKey, { key: label }).subarray(0, DERIVED_BYTES));
}
