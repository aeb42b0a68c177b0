import { fromHex, utf8 } from "@selvage/core";

import { CAUSAL_LINK_BYTES, writeLinkTo } from "../causal/causal-link.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { checksum, digestLabel } from "../wire/digest.ts";
import type { StateSnapshot } from "./state-snapshot.ts";

/** What every encoded snapshot begins with. */
export const SNAPSHOT_MAGIC: Uint8Array = utf8("CDS1");
/** The format that this code reads and writes. */
export const SNAPSHOT_VERSION = 3;
/** Length of the checksum at the end, in bytes. */
export const SNAPSHOT_CHECKSUM_BYTES = 32;

/** Magic, version, entity id, term, index, head link, wall time, whether there is a sentinel, checksum. */
const FIXED_BYTES: number =
  SNAPSHOT_MAGIC.length + 1 + 32 + 24 + 8 + CAUSAL_LINK_BYTES + 8 + 1 + SNAPSHOT_CHECKSUM_BYTES;
const SENTINEL_BYTES = 8;
/** Before each part that has no fixed length. */
const LENGTH_BYTES = 4;

const CHECKSUM: Uint8Array = digestLabel("selvage-snap-3");

/**
 * The bytes of a snapshot, little-endian: magic, version, entity id (32), term (number 8, coordinator
 * 16), through-delivery (8), head link (32), head payload, whether there is a sentinel (1, and 8 if
 * so), wall time (8), horizon, producers, state, bindings, checksum (32). What has no fixed length
 * comes behind it in four bytes.
 */
export function encodeSnapshot(snapshot: StateSnapshot): Uint8Array {
  const { entityId, term, throughDelivery, head, sentinel, createdAtMs } = snapshot;
  const { horizon, producers, state, bindings } = snapshot;
  // With room to the byte: else a state of many megabytes is copied once more.
  const writer = new ByteWriter(encodedSnapshotBytes(snapshot))
    .bytes(SNAPSHOT_MAGIC)
    .u8(SNAPSHOT_VERSION)
    .bytes(entityId)
    .count(term.number)
    .bytes(fromHex(term.coordinator))
    .count(throughDelivery);
  writeLinkTo(writer, head.link).sized(head.payload);
  if (sentinel === undefined) writer.u8(0);
  else writer.u8(1).u64(sentinel);
  writer.count(createdAtMs).sized(horizon).sized(producers).sized(state).sized(bindings);
  return writer.bytes(snapshotChecksum(writer.written())).finish();
}

/** The length of what {@link encodeSnapshot} makes of a snapshot, in bytes. */
export function encodedSnapshotBytes(snapshot: StateSnapshot): number {
  const { head, sentinel, horizon, producers, state, bindings } = snapshot;
  const fixed = sentinel === undefined ? FIXED_BYTES : FIXED_BYTES + SENTINEL_BYTES;
  return [head.payload, horizon, producers, state, bindings].reduce(
    (sum, { length }) => sum + LENGTH_BYTES + length,
    fixed,
  );
}

/** What stands at the end of an encoded snapshot. */
export function snapshotChecksum(content: Uint8Array): Uint8Array {
  return checksum(CHECKSUM, content);
}
