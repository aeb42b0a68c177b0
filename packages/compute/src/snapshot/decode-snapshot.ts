import { equalBytes, parseNodeId, toHex } from "@selvage/core";
import { deriveOriginHash, ENTITY_ID_BYTES, parseEntityId } from "@selvage/identity";

import { type CausalEvent, readLink } from "../causal/causal-link.ts";
import { ObservedHorizon } from "../causal/horizon.ts";
import { originTag } from "../causal/origin-tag.ts";
import { verifyAnchor } from "../causal/verify.ts";
import { ProducerTable, type ProducerTableConfig } from "../daemon/producer-table.ts";
import type { Term } from "../daemon/term.ts";
import {
  DEFAULT_MAX_STATE_BYTES,
  MAX_BINDINGS_BYTES,
  MAX_FRAME_BYTES,
  MAX_HORIZON_BYTES,
  MAX_PRODUCER_TABLE_BYTES,
  MAX_PRODUCERS,
} from "../defaults.ts";
import { isComputeError } from "../errors.ts";
import { DaemonBindings } from "../registry/daemon-bindings.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import {
  SNAPSHOT_CHECKSUM_BYTES,
  SNAPSHOT_MAGIC,
  SNAPSHOT_VERSION,
  snapshotChecksum,
} from "./encode-snapshot.ts";
import type { StateSnapshot } from "./state-snapshot.ts";

/** Options of {@link decodeSnapshot}. */
export interface DecodeSnapshotOptions {
  /** The largest state; default {@link DEFAULT_MAX_STATE_BYTES}. */
  readonly maxStateBytes?: number | undefined;
}

/**
 * Reads a snapshot and checks all that can be checked: the checksum, every length and count before
 * anything is made of it, and that the parts belong together. What it gives does not share memory
 * with the source.
 *
 * @throws {@link ComputeError} with kind `bad-snapshot`, and a reason.
 */
export function decodeSnapshot(
  bytes: Uint8Array,
  { maxStateBytes = DEFAULT_MAX_STATE_BYTES }: DecodeSnapshotOptions = {},
): StateSnapshot {
  const reader = new ByteReader("bad-snapshot", contentOf(bytes));
  reader.bytes(SNAPSHOT_MAGIC.length + 1);
  const entityId = parseEntityId(reader.bytes(ENTITY_ID_BYTES));
  const term = readTerm(reader);
  const throughDelivery = reader.count("throughDelivery");
  const head = readHead(reader);
  const sentinel = readSentinel(reader);
  const createdAtMs = reader.count("createdAtMs");
  const horizon = reader.sized("horizon", MAX_HORIZON_BYTES).slice();
  const producers = reader.sized("producers", MAX_PRODUCER_TABLE_BYTES).slice();
  const state = reader.sized("state", maxStateBytes).slice();
  const bindings = reader.sized("bindings", MAX_BINDINGS_BYTES).slice();
  reader.end();

  if (head.link.origin !== originTag(deriveOriginHash(entityId))) {
    reader.fail("origin", "the head of the chain is of somebody else");
  }
  section(reader, "head", () => verifyAnchor(head));
  section(reader, "horizon", () => ObservedHorizon.decode(horizon));
  section(reader, "bindings", () => DaemonBindings.decode(bindings));
  readProducers(producers, throughDelivery);
  return {
    entityId,
    term,
    throughDelivery,
    head,
    sentinel,
    createdAtMs,
    horizon,
    producers,
    state,
    bindings,
  };
}

/** Reads the table of producers of a snapshot; throws as {@link decodeSnapshot} does. */
export function readProducers(
  bytes: Uint8Array,
  throughDelivery: number,
  config: ProducerTableConfig = ANY_SIZE,
): ProducerTable {
  const reader = new ByteReader("bad-snapshot", bytes);
  const table = ProducerTable.decode(reader, throughDelivery, config);
  reader.end();
  return table;
}

/** Only to be looked at: what the host has room for is its own business. */
const ANY_SIZE: ProducerTableConfig = {
  maxProducers: MAX_PRODUCERS,
  maxOutcomesPerProducer: Number.MAX_SAFE_INTEGER,
  maxOutcomeBytes: Number.MAX_SAFE_INTEGER,
};

/** What comes before the checksum. The version is looked at first: others may have other checksums. */
function contentOf(bytes: Uint8Array): Uint8Array {
  const start = new ByteReader("bad-snapshot", bytes);
  if (!equalBytes(start.bytes(SNAPSHOT_MAGIC.length), SNAPSHOT_MAGIC)) {
    start.fail("magic", "this is no snapshot");
  }
  const version = start.u8();
  if (version !== SNAPSHOT_VERSION) {
    start.fail("version", `version ${version} is not ${SNAPSHOT_VERSION}`);
  }
  if (start.remaining < SNAPSHOT_CHECKSUM_BYTES) {
    start.fail("truncated", `only ${bytes.length} bytes are there`);
  }
  const content = bytes.subarray(0, bytes.length - SNAPSHOT_CHECKSUM_BYTES);
  if (!equalBytes(bytes.subarray(content.length), snapshotChecksum(content))) {
    start.fail("checksum", `${bytes.length} bytes are not what they were`);
  }
  return content;
}

function readTerm(reader: ByteReader): Term {
  const number = reader.count("term");
  return { number, coordinator: parseNodeId(toHex(reader.bytes(16))) };
}

function readHead(reader: ByteReader): CausalEvent {
  const link = readLink(reader);
  return { link, payload: reader.sized("head payload", MAX_FRAME_BYTES).slice() };
}

function readSentinel(reader: ByteReader): bigint | undefined {
  const flag = reader.u8();
  if (flag > 1) reader.fail("inconsistent", `${flag} does not say whether there is a sentinel`);
  return flag === 1 ? reader.u64() : undefined;
}

/** A part that cannot be read makes the snapshot bad, for the same reason. */
function section(reader: ByteReader, name: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!isComputeError(error)) throw error;
    reader.fail(error.reason ?? "inconsistent", `${name}: ${error.message}`);
  }
}
