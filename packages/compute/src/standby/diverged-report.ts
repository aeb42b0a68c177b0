import { fromHex, toHex } from "@selvage/core";

import type { StoredEvent } from "../daemon/daemon-event.ts";
import type { Term } from "../daemon/term.ts";
import { MAX_MEMBER_MESSAGE_BYTES, MAX_STORED_ENTRIES } from "../defaults.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { readEntry, readTerm, writeEntry, writeTerm } from "./message-codec.ts";
import type { InstanceId } from "./standby-messages.ts";

/** An event that a member held and the group does not have at this index. */
export interface DivergedEntry extends StoredEvent {
  /** Whether its producer was told that it is applied; members other than its active may not know. */
  readonly acknowledged: "yes" | "no" | "unknown";
}

/**
 * What a member had to give up because the group went on without it. The same event may be in the
 * reports of several members, and may have been applied since, if its producer tried again: deliver it
 * again unchanged, and it is applied once at most.
 */
export interface DivergedReport {
  readonly from: InstanceId;
  /** Under whose word the member held it. */
  readonly term: Term;
  /** Under whose word it was given up. */
  readonly to: Term;
  /** In order. */
  readonly entries: readonly DivergedEntry[];
  /**
   * There were entries before this index that the member did not keep one by one; what they led to is
   * in {@link snapshot}. `undefined`: all of them are in {@link entries}.
   */
  readonly omittedBefore: number | undefined;
  /** The encoded state that the member gave up, where entries are omitted. */
  readonly snapshot: Uint8Array | undefined;
}

const ID_BYTES = 16;
const ACKNOWLEDGED = ["yes", "no", "unknown"] as const;
/** No entry is shorter. */
const ENTRY_BYTES = 80;

export function encodeReport(report: DivergedReport): Uint8Array {
  const { from, term, to, entries, omittedBefore, snapshot } = report;
  const writer = new ByteWriter();
  writer.u16(from.slot).count(from.incarnation).bytes(fromHex(from.instance));
  writeTerm(writer, term);
  writeTerm(writer, to);
  writer.u32(entries.length);
  for (const entry of entries) {
    writer.u8(ACKNOWLEDGED.indexOf(entry.acknowledged));
    writeEntry(writer, entry);
  }
  writer.count(omittedBefore ?? 0);
  if (snapshot === undefined) return writer.u8(0).finish();
  return writer.u8(1).sized(snapshot).finish();
}

/** @throws {@link ComputeError} with kind `bad-command` or `bad-event`. */
export function decodeReport(bytes: Uint8Array): DivergedReport {
  const reader = new ByteReader("bad-command", bytes);
  const from = {
    slot: reader.u16(),
    incarnation: reader.count("incarnation"),
    instance: toHex(reader.bytes(ID_BYTES)),
  };
  const term = readTerm(reader);
  const to = readTerm(reader);
  const count = reader.items("entries", MAX_STORED_ENTRIES, ENTRY_BYTES);
  const entries = Array.from({ length: count }, (): DivergedEntry => {
    const acknowledged =
      ACKNOWLEDGED[reader.u8()] ?? reader.fail("limit", "an entry is neither acknowledged nor not");
    return { ...readEntry(reader), acknowledged };
  });
  const omittedBefore = reader.count("omittedBefore") || undefined;
  const snapshot =
    reader.u8() === 0 ? undefined : reader.sized("snapshot", MAX_MEMBER_MESSAGE_BYTES).slice();
  reader.end();
  return { from, term, to, entries, omittedBefore, snapshot };
}
