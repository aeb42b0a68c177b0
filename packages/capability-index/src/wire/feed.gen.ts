// Written by `pnpm proto` from feed.proto: change that file, then run it again.

import { Reader, Writer } from "protobufjs/minimal.js";

/** What two neighbours tell each other. Exactly one field is set. */
export interface FeedMessage {
  /** An encoded SignedAnnouncement. */
  readonly announcement?: Uint8Array | undefined;
  /** Eight bytes that stand for everything the sender holds. */
  readonly tableDigest?: Uint8Array | undefined;
  /** What the sender holds, in outline: asks for the ranges in which the receiver holds other things. */
  readonly outline?: TableOutline | undefined;
  /** What the sender holds in a range of node ids. */
  readonly range?: TableRange | undefined;
  /** Node ids out of ranges, whose announcements the sender wants. */
  readonly wanted: readonly Uint8Array[];
}

/** Encodes a {@link FeedMessage}. The bytes belong to the caller. */
export function encodeFeedMessage(message: FeedMessage): Uint8Array {
  return writeFeedMessage(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link FeedMessage}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeFeedMessage(bytes: Uint8Array): FeedMessage {
  const message = {
    announcement: undefined as Uint8Array | undefined,
    tableDigest: undefined as Uint8Array | undefined,
    outline: undefined as TableOutline | undefined,
    range: undefined as TableRange | undefined,
    wanted: [] as Uint8Array[],
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.announcement = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.tableDigest = new Uint8Array(reader.bytes());
          break;
        case 26:
          message.outline = decodeTableOutline(reader.bytes());
          break;
        case 34:
          message.range = decodeTableRange(reader.bytes());
          break;
        case 42:
          append(message.wanted, new Uint8Array(reader.bytes()), 512, "FeedMessage.wanted");
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5]);
      }
    }
  } catch (cause) {
    throw malformed("FeedMessage", cause);
  }
  return message;
}

function writeFeedMessage(writer: Writer, message: FeedMessage): Writer {
  if (message.announcement !== undefined) writer.uint32(10).bytes(message.announcement);
  if (message.tableDigest !== undefined) writer.uint32(18).bytes(message.tableDigest);
  if (message.outline !== undefined)
    writeTableOutline(writer.uint32(26).fork(), message.outline).ldelim();
  if (message.range !== undefined)
    writeTableRange(writer.uint32(34).fork(), message.range).ldelim();
  for (const item of checkCount(message.wanted, 512, "FeedMessage.wanted"))
    writer.uint32(42).bytes(item);
  return writer;
}

/** A table, divided by the first bits of node ids. */
export interface TableOutline {
  /** 4 to 8. */
  readonly bits: number;
  /** Eight bytes for each of the 2^bits parts, all zero where there is nothing. */
  readonly digests: Uint8Array;
}

/** Encodes a {@link TableOutline}. The bytes belong to the caller. */
export function encodeTableOutline(message: TableOutline): Uint8Array {
  return writeTableOutline(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link TableOutline}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeTableOutline(bytes: Uint8Array): TableOutline {
  const message = {
    bits: 0,
    digests: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 8:
          message.bits = reader.uint32();
          break;
        case 18:
          message.digests = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2]);
      }
    }
  } catch (cause) {
    throw malformed("TableOutline", cause);
  }
  return message;
}

function writeTableOutline(writer: Writer, message: TableOutline): Writer {
  if (message.bits !== 0) writer.uint32(8).uint32(checkUint32(message.bits, "TableOutline.bits"));
  if (message.digests.length > 0) writer.uint32(18).bytes(message.digests);
  return writer;
}

export interface TableRange {
  /** The range begins with this node id. */
  readonly from: Uint8Array;
  /** It ends before this one; empty: with the last of all. */
  readonly before: Uint8Array;
  /** All that the sender holds in it. */
  readonly items: readonly TableItem[];
}

/** Encodes a {@link TableRange}. The bytes belong to the caller. */
export function encodeTableRange(message: TableRange): Uint8Array {
  return writeTableRange(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link TableRange}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeTableRange(bytes: Uint8Array): TableRange {
  const message = {
    from: new Uint8Array(0),
    before: new Uint8Array(0),
    items: [] as TableItem[],
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.from = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.before = new Uint8Array(reader.bytes());
          break;
        case 26:
          append(message.items, decodeTableItem(reader.bytes()), 512, "TableRange.items");
          break;
        default:
          skipField(reader, tag, [1, 2, 3]);
      }
    }
  } catch (cause) {
    throw malformed("TableRange", cause);
  }
  return message;
}

function writeTableRange(writer: Writer, message: TableRange): Writer {
  if (message.from.length > 0) writer.uint32(10).bytes(message.from);
  if (message.before.length > 0) writer.uint32(18).bytes(message.before);
  for (const item of checkCount(message.items, 512, "TableRange.items"))
    writeTableItem(writer.uint32(26).fork(), item).ldelim();
  return writer;
}

export interface TableItem {
  readonly nodeId: Uint8Array;
  readonly version: number;
  /** Eight bytes that stand for the body. */
  readonly digest: Uint8Array;
}

/** Encodes a {@link TableItem}. The bytes belong to the caller. */
export function encodeTableItem(message: TableItem): Uint8Array {
  return writeTableItem(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link TableItem}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeTableItem(bytes: Uint8Array): TableItem {
  const message = {
    nodeId: new Uint8Array(0),
    version: 0,
    digest: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.nodeId = new Uint8Array(reader.bytes());
          break;
        case 17:
          message.version = reader.double();
          break;
        case 26:
          message.digest = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2, 3]);
      }
    }
  } catch (cause) {
    throw malformed("TableItem", cause);
  }
  return message;
}

function writeTableItem(writer: Writer, message: TableItem): Writer {
  if (message.nodeId.length > 0) writer.uint32(10).bytes(message.nodeId);
  if (!Object.is(message.version, 0)) writer.uint32(17).double(message.version);
  if (message.digest.length > 0) writer.uint32(26).bytes(message.digest);
  return writer;
}

function checkUint32(value: number, field: string): number {
  if (value >>> 0 === value) return value;
  throw new RangeError(`${field} must be a 32-bit unsigned integer, got ${value}`);
}

function checkCount<T>(items: readonly T[], maxCount: number, field: string): readonly T[] {
  if (items.length <= maxCount) return items;
  throw new RangeError(`${field} must have at most ${maxCount} items, got ${items.length}`);
}

function append<T>(items: T[], item: T, maxCount: number, field: string): void {
  if (items.length === maxCount) {
    throw new RangeError(`${field} must have at most ${maxCount} items`);
  }
  items.push(item);
}

/** Skips a field from a newer schema; a known one is here only if its wire type is wrong. */
function skipField(reader: Reader, tag: number, known: readonly number[]): void {
  const field = tag >>> 3;
  if (known.includes(field)) {
    throw new RangeError(`field ${field} must not have wire type ${tag & 7}`);
  }
  reader.skipType(tag & 7, 0, field);
}

function malformed(message: string, cause: unknown): RangeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RangeError(`malformed ${message}: ${reason}`, { cause });
}
