import { fromHex, toHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import { CAUSAL_LINK_BYTES, type CausalLink, encodeLink, readLink } from "../causal/causal-link.ts";
import { forkSentinel } from "../causal/link-hash.ts";
import { originTag } from "../causal/origin-tag.ts";
import { ComputeError, type ComputeFault } from "../errors.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";

const ORIGIN_BYTES = 16;
/** Length of an encoded {@link ForkRecord}, in bytes. */
export const FORK_RECORD_BYTES: number = 2 * ORIGIN_BYTES + 8 + CAUSAL_LINK_BYTES + 1 + 8;

/** Where a fork comes from. Anybody can check it. */
export interface ForkRecord {
  /** Who was forked. */
  readonly originalOrigin: OriginHash;
  /** Who came of it. */
  readonly forkedOrigin: OriginHash;
  /** The event of the original's chain behind which it was forked. */
  readonly forkSequence: number;
  /** The beginning of the fork's chain, which says the same. */
  readonly forkGenesis: CausalLink;
  /** The delivery index of the snapshot that the fork began with, if it did. */
  readonly fromSnapshotSequence: number | undefined;
}

/**
 * Checks that a record agrees with itself.
 *
 * @throws {@link ComputeError} with kind `bad-link`, and a reason.
 */
export function verifyForkRecord(record: ForkRecord): void {
  const { originalOrigin, forkedOrigin, forkSequence, forkGenesis } = record;
  if (originalOrigin === forkedOrigin) throw badRecord("origin", "nobody is a fork of itself");
  if (forkGenesis.origin !== originTag(forkedOrigin)) {
    throw badRecord("origin", `the genesis is not one of ${forkedOrigin}`);
  }
  if (forkGenesis.sequence !== 0) {
    throw badRecord("sequence", `a genesis has sequence 0, not ${forkGenesis.sequence}`);
  }
  if (forkGenesis.parentHash !== forkSentinel(originalOrigin, forkSequence)) {
    throw badRecord("parent", `the genesis does not name ${originalOrigin} at ${forkSequence}`);
  }
}

/**
 * The 81 bytes of a record: original (16), forked (16), fork sequence (8), genesis (32), whether it
 * began with a snapshot (1), and with which (8); little-endian.
 */
export function encodeForkRecord(record: ForkRecord): Uint8Array {
  const { originalOrigin, forkedOrigin, forkSequence, forkGenesis } = record;
  const { fromSnapshotSequence } = record;
  return new ByteWriter(FORK_RECORD_BYTES)
    .bytes(fromHex(originalOrigin))
    .bytes(fromHex(forkedOrigin))
    .count(forkSequence)
    .bytes(encodeLink(forkGenesis))
    .u8(fromSnapshotSequence === undefined ? 0 : 1)
    .count(fromSnapshotSequence ?? 0)
    .finish();
}

/**
 * Reads a record and checks it.
 *
 * @throws {@link ComputeError} with kind `bad-link`, and a reason.
 */
export function decodeForkRecord(bytes: Uint8Array): ForkRecord {
  const reader = new ByteReader("bad-link", bytes);
  const originalOrigin = toHex(reader.bytes(ORIGIN_BYTES)) as OriginHash;
  const forkedOrigin = toHex(reader.bytes(ORIGIN_BYTES)) as OriginHash;
  const forkSequence = reader.count("forkSequence");
  const forkGenesis = readLink(reader);
  const flag = reader.u8();
  const sequence = reader.count("fromSnapshotSequence");
  reader.end();
  if (flag > 1 || (flag === 0 && sequence !== 0)) {
    throw badRecord("inconsistent", "whether it began with a snapshot is not said clearly");
  }
  const fromSnapshotSequence = flag === 1 ? sequence : undefined;
  const record = { originalOrigin, forkedOrigin, forkSequence, forkGenesis, fromSnapshotSequence };
  verifyForkRecord(record);
  return record;
}

function badRecord(reason: ComputeFault, message: string): ComputeError {
  return new ComputeError("bad-link", message, { reason });
}
