import { fromHex, parseNodeId, toHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import { checkEvent, type StoredEvent } from "../daemon/daemon-event.ts";
import type { Term } from "../daemon/term.ts";
import {
  MAX_EVENT_SEED_BYTES,
  MAX_FRAME_BYTES,
  MAX_GROUP_SLOTS,
  MAX_HISTORY_TERMS,
  MAX_MEMBER_MESSAGE_BYTES,
  MAX_STORED_ENTRIES,
} from "../defaults.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import type { History, TermStart } from "./history.ts";
import type {
  CheckpointMessage,
  HeldAnswer,
  InstallMessage,
  InstanceId,
  MemberPlace,
  PromoteCommand,
  StandbyDetails,
  StandbyRole,
  StoreMessage,
} from "./standby-messages.ts";

const ID_BYTES = 16;
const TERM_BYTES = 24;
const ENTRY_BYTES = 80;
const ROLES: readonly StandbyRole[] = ["blank", "standby", "active", "broken", "retired"];

/** Reads what a message of members says; whatever is wrong with it is a `bad-command`. */
function read<T>(bytes: Uint8Array, decode: (reader: ByteReader) => T): T {
  const reader = new ByteReader("bad-command", bytes);
  const value = decode(reader);
  reader.end();
  return value;
}

export function encodeInstall(message: InstallMessage): Uint8Array {
  const { session, through, committed, settled, history, entries, snapshot } = message;
  const writer = new ByteWriter().count(session).count(through).count(committed).count(settled);
  writeHistory(writer, history);
  writeEntries(writer, entries);
  return writer.sized(snapshot).finish();
}

/** @throws {@link ComputeError} with kind `bad-command` or `bad-event`. */
export function decodeInstall(bytes: Uint8Array): InstallMessage {
  return read(bytes, (reader) => ({
    session: reader.count("session"),
    through: reader.count("through"),
    committed: reader.count("committed"),
    settled: reader.count("settled"),
    history: readHistory(reader),
    entries: readEntries(reader),
    snapshot: reader.sized("snapshot", MAX_MEMBER_MESSAGE_BYTES).slice(),
  }));
}

export function encodeStore({ session, committed, settled, entries }: StoreMessage): Uint8Array {
  const writer = new ByteWriter().count(session).count(committed).count(settled);
  writeEntries(writer, entries);
  return writer.finish();
}

/** @throws {@link ComputeError} with kind `bad-command` or `bad-event`. */
export function decodeStore(bytes: Uint8Array): StoreMessage {
  return read(bytes, (reader) => ({
    session: reader.count("session"),
    committed: reader.count("committed"),
    settled: reader.count("settled"),
    entries: readEntries(reader),
  }));
}

export function encodeCheckpoint({ session, through, snapshot }: CheckpointMessage): Uint8Array {
  return new ByteWriter().count(session).count(through).sized(snapshot).finish();
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeCheckpoint(bytes: Uint8Array): CheckpointMessage {
  return read(bytes, (reader) => ({
    session: reader.count("session"),
    through: reader.count("through"),
    snapshot: reader.sized("snapshot", MAX_MEMBER_MESSAGE_BYTES).slice(),
  }));
}

export function encodeHeld({ instance, through }: HeldAnswer): Uint8Array {
  return new ByteWriter().bytes(fromHex(instance)).count(through).finish();
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeHeld(bytes: Uint8Array): HeldAnswer {
  return read(bytes, (reader) => ({
    instance: toHex(reader.bytes(ID_BYTES)),
    through: reader.count("through"),
  }));
}

export function encodePromote({ instance, bootstrap, members }: PromoteCommand): Uint8Array {
  const writer = new ByteWriter().bytes(fromHex(instance)).u8(bootstrap ? 1 : 0);
  writeMembers(writer, members);
  return writer.finish();
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodePromote(bytes: Uint8Array): PromoteCommand {
  return read(bytes, (reader) => ({
    instance: toHex(reader.bytes(ID_BYTES)),
    bootstrap: flag(reader),
    members: readMembers(reader),
  }));
}

export function encodeMembers(members: readonly MemberPlace[]): Uint8Array {
  const writer = new ByteWriter();
  writeMembers(writer, members);
  return writer.finish();
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeMembers(bytes: Uint8Array): readonly MemberPlace[] {
  return read(bytes, readMembers);
}

export function encodeHistory(history: History): Uint8Array {
  const writer = new ByteWriter();
  writeHistory(writer, history);
  return writer.finish();
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeHistory(bytes: Uint8Array): History {
  return read(bytes, readHistory);
}

export function encodeDetails(details: StandbyDetails): Uint8Array {
  const { instance, role, seen, synced, base, committed, settled, history, inSync } = details;
  const writer = new ByteWriter()
    .bytes(fromHex(instance))
    .u8(ROLES.indexOf(role))
    .u8(details.serving ? 1 : 0);
  writeTerm(writer, seen);
  writeTerm(writer, synced);
  writer.count(base).count(committed).count(settled);
  writeHistory(writer, history);
  writer.u32(inSync.length);
  for (const id of inSync) writer.u16(id.slot).count(id.incarnation).bytes(fromHex(id.instance));
  return writer.finish();
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeDetails(bytes: Uint8Array): StandbyDetails {
  return read(bytes, (reader) => ({
    instance: toHex(reader.bytes(ID_BYTES)),
    role: ROLES[reader.u8()] ?? reader.fail("limit", "there is no such role"),
    serving: flag(reader),
    seen: readTerm(reader),
    synced: readTerm(reader),
    base: reader.count("base"),
    committed: reader.count("committed"),
    settled: reader.count("settled"),
    history: readHistory(reader),
    inSync: list(reader, "in-sync members", MAX_GROUP_SLOTS, ID_BYTES + 10, readInstance),
  }));
}

export function writeTerm(writer: ByteWriter, { number, coordinator }: Term): void {
  writer.count(number).bytes(fromHex(coordinator));
}

export function readTerm(reader: ByteReader): Term {
  const number = reader.count("term");
  return { number, coordinator: parseNodeId(toHex(reader.bytes(ID_BYTES))) };
}

export function writeEntry(writer: ByteWriter, { index, term, event }: StoredEvent): void {
  writer.count(index);
  writeTerm(writer, term);
  writer
    .bytes(fromHex(event.producer))
    .count(event.incarnation)
    .count(event.sequence)
    .u64(bitsOf(event.timeMs))
    .sized(event.seed)
    .sized(event.payload);
}

export function readEntry(reader: ByteReader): StoredEvent {
  const index = reader.count("index");
  const term = readTerm(reader);
  const event = {
    producer: toHex(reader.bytes(ID_BYTES)) as OriginHash,
    incarnation: reader.count("incarnation"),
    sequence: reader.count("sequence"),
    timeMs: numberOf(reader.u64()),
    seed: reader.sized("seed", MAX_EVENT_SEED_BYTES).slice(),
    payload: reader.sized("payload", MAX_FRAME_BYTES).slice(),
  };
  checkEvent(event, MAX_FRAME_BYTES);
  return { index, term, event };
}

function writeEntries(writer: ByteWriter, entries: readonly StoredEvent[]): void {
  writer.u32(entries.length);
  for (const entry of entries) writeEntry(writer, entry);
}

function readEntries(reader: ByteReader): readonly StoredEvent[] {
  const entries = list(reader, "entries", MAX_STORED_ENTRIES, ENTRY_BYTES, readEntry);
  const first = entries[0]?.index ?? 0;
  if (entries.every(({ index }, i) => index === first + i)) return entries;
  return reader.fail("inconsistent", "entries do not follow each other");
}

export function writeHistory(writer: ByteWriter, { starts, last }: History): void {
  writer.count(last).u32(starts.length);
  for (const { term, first } of starts) {
    writeTerm(writer, term);
    writer.count(first);
  }
}

export function readHistory(reader: ByteReader): History {
  const last = reader.count("last");
  const starts = list(reader, "terms", MAX_HISTORY_TERMS, TERM_BYTES + 8, (item): TermStart => ({
    term: readTerm(item),
    first: item.count("first"),
  }));
  const isInOrder = starts.every(
    ({ first }, i) => first >= 1 && first <= last && first > (starts[i - 1]?.first ?? 0),
  );
  return isInOrder ? { starts, last } : reader.fail("inconsistent", "terms are out of order");
}

function writeMembers(writer: ByteWriter, members: readonly MemberPlace[]): void {
  writer.u32(members.length);
  for (const { slot, incarnation, nodeId } of members) {
    writer.u16(slot).count(incarnation).bytes(fromHex(nodeId));
  }
}

function readMembers(reader: ByteReader): readonly MemberPlace[] {
  return list(reader, "members", MAX_GROUP_SLOTS, ID_BYTES + 10, (item) => ({
    slot: item.u16(),
    incarnation: item.count("incarnation"),
    nodeId: parseNodeId(toHex(item.bytes(ID_BYTES))),
  }));
}

function readInstance(reader: ByteReader): InstanceId {
  return {
    slot: reader.u16(),
    incarnation: reader.count("incarnation"),
    instance: toHex(reader.bytes(ID_BYTES)),
  };
}

function list<T>(
  reader: ByteReader,
  name: string,
  limit: number,
  itemBytes: number,
  readItem: (reader: ByteReader) => T,
): readonly T[] {
  const count = reader.items(name, limit, itemBytes);
  return Array.from({ length: count }, () => readItem(reader));
}

function flag(reader: ByteReader): boolean {
  const value = reader.u8();
  return value > 1 ? reader.fail("limit", `${value} is neither yes nor no`) : value === 1;
}

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function numberOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
