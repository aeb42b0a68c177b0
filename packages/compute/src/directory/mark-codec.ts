import { equalBytes, fromHex, parseNodeId, toHex, utf8 } from "@selvage/core";
import type { EntityId } from "@selvage/identity";

import type { SnapshotPosition } from "../snapshot/state-snapshot.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { checksum, digestLabel } from "../wire/digest.ts";

const MAGIC: Uint8Array = utf8("CDM1");
const CHECKSUM: Uint8Array = digestLabel("selvage-mark-1");
const CHECKSUM_BYTES = 32;

/** Length of an encoded mark, in bytes. */
export const MARK_BYTES = 68;

/** How far the snapshots of an entity were, in bytes: magic, term, through-delivery, checksum. */
export function encodeMark(entityId: EntityId, position: SnapshotPosition): Uint8Array {
  const writer = new ByteWriter(MARK_BYTES)
    .bytes(MAGIC)
    .count(position.term.number)
    .bytes(fromHex(position.term.coordinator))
    .count(position.throughDelivery);
  return writer.bytes(checksum(CHECKSUM, writer.written(), entityId)).finish();
}

/**
 * Reads what {@link encodeMark} wrote for the same entity.
 *
 * @throws {@link ComputeError} with kind `bad-snapshot`.
 */
export function decodeMark(entityId: EntityId, bytes: Uint8Array): SnapshotPosition {
  const reader = new ByteReader("bad-snapshot", bytes);
  if (!equalBytes(reader.bytes(MAGIC.length), MAGIC)) reader.fail("magic", "this is no mark");
  const number = reader.count("term");
  const coordinator = parseNodeId(toHex(reader.bytes(16)));
  const throughDelivery = reader.count("throughDelivery");
  const content = bytes.subarray(0, bytes.length - reader.remaining);
  if (!equalBytes(reader.bytes(CHECKSUM_BYTES), checksum(CHECKSUM, content, entityId))) {
    reader.fail("checksum", "the mark is not what it was, or of another entity");
  }
  reader.end();
  return { term: { number, coordinator }, throughDelivery };
}
