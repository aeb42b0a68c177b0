import { fromHex, toHex } from "@selvage/core";
import { ENTITY_ID_BYTES } from "@selvage/identity";

declare const groupIdBrand: unique symbol;

/**
 * Names a group: its Ed25519 public key in 64 lowercase hexadecimal characters. Whoever holds the
 * secret key may command the members, and certify others to do so.
 */
export type GroupId = string & { readonly [groupIdBrand]: true };

const GROUP_ID = /^[0-9a-f]{64}$/;

/** Whether a text is a group id. */
export function isGroupId(text: string): text is GroupId {
  return GROUP_ID.test(text);
}

/**
 * Reads a group id from its text.
 *
 * @throws TypeError for anything else.
 */
export function parseGroupId(text: string): GroupId {
  if (!isGroupId(text)) {
    throw new TypeError(`a group id is 64 lowercase hexadecimal characters, got "${text}"`);
  }
  return text;
}

/**
 * The group of a public key, such as the entity id of the identity that a group signs with.
 *
 * @throws RangeError unless it has 32 bytes.
 */
export function groupIdOf(publicKey: Uint8Array): GroupId {
  if (publicKey.length !== ENTITY_ID_BYTES) {
    throw new RangeError(
      `the public key of a group must be ${ENTITY_ID_BYTES} bytes, got ${publicKey.length}`,
    );
  }
  return parseGroupId(toHex(publicKey));
}

/** The public key of a group; a copy. */
export function groupKeyOf(group: GroupId): Uint8Array {
  return fromHex(group);
}
