// Written by `pnpm proto` from announcement.proto: change that file, then run it again.

import { Reader, Writer } from "protobufjs/minimal.js";

/** An announcement on its way. The body is verified and passed on exactly as it was received. */
export interface SignedAnnouncement {
  /** An encoded AnnouncementBody. */
  readonly body: Uint8Array;
  /** ed25519 signature over the label `selvage-announcement-v1` and the body. */
  readonly signature: Uint8Array;
  /** Nodes it went through; feeds nothing but an upper bound. */
  readonly hopCount: number;
  /** Milliseconds that its holders kept it so far, each by its own monotonic clock. */
  readonly ageMs: number;
}

/** Encodes a {@link SignedAnnouncement}. The bytes belong to the caller. */
export function encodeSignedAnnouncement(message: SignedAnnouncement): Uint8Array {
  return writeSignedAnnouncement(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link SignedAnnouncement}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeSignedAnnouncement(bytes: Uint8Array): SignedAnnouncement {
  const message = {
    body: new Uint8Array(0),
    signature: new Uint8Array(0),
    hopCount: 0,
    ageMs: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.body = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.signature = new Uint8Array(reader.bytes());
          break;
        case 24:
          message.hopCount = reader.uint32();
          break;
        case 33:
          message.ageMs = reader.double();
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4]);
      }
    }
  } catch (cause) {
    throw malformed("SignedAnnouncement", cause);
  }
  return message;
}

function writeSignedAnnouncement(writer: Writer, message: SignedAnnouncement): Writer {
  if (message.body.length > 0) writer.uint32(10).bytes(message.body);
  if (message.signature.length > 0) writer.uint32(18).bytes(message.signature);
  if (message.hopCount !== 0)
    writer.uint32(24).uint32(checkUint32(message.hopCount, "SignedAnnouncement.hopCount"));
  if (!Object.is(message.ageMs, 0)) writer.uint32(33).double(message.ageMs);
  return writer;
}

/** What a node says of itself. */
export interface AnnouncementBody {
  /** ed25519 public key; the node id follows from it. */
  readonly entityId: Uint8Array;
  /** 16 random bytes drawn at process start. */
  readonly bootId: Uint8Array;
  /** Higher replaces lower. Starts from wall time, so that it grows across restarts. */
  readonly version: number;
  /** Wall time of signing, milliseconds since 1970: a coarse guard against old recordings only. */
  readonly wallMs: number;
  /** How long it holds from its signing on. */
  readonly ttlSeconds: number;
  /** Whether it takes back whatever the node announced before. */
  readonly tombstone: boolean;
  readonly tags: readonly string[];
  readonly metadata: readonly MetadataEntry[];
  /** Where the node can be dialled, host:port. */
  readonly addresses: readonly string[];
  /** Reserved for permission tokens. */
  readonly grants: readonly Uint8Array[];
  /** Node ids of those who may use what is announced; empty: everybody. */
  readonly allowedNodes: readonly Uint8Array[];
}

/** Encodes a {@link AnnouncementBody}. The bytes belong to the caller. */
export function encodeAnnouncementBody(message: AnnouncementBody): Uint8Array {
  return writeAnnouncementBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link AnnouncementBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeAnnouncementBody(bytes: Uint8Array): AnnouncementBody {
  const message = {
    entityId: new Uint8Array(0),
    bootId: new Uint8Array(0),
    version: 0,
    wallMs: 0,
    ttlSeconds: 0,
    tombstone: false,
    tags: [] as string[],
    metadata: [] as MetadataEntry[],
    addresses: [] as string[],
    grants: [] as Uint8Array[],
    allowedNodes: [] as Uint8Array[],
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.entityId = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.bootId = new Uint8Array(reader.bytes());
          break;
        case 25:
          message.version = reader.double();
          break;
        case 33:
          message.wallMs = reader.double();
          break;
        case 40:
          message.ttlSeconds = reader.uint32();
          break;
        case 48:
          message.tombstone = reader.bool();
          break;
        case 58:
          append(message.tags, reader.stringVerify(), 1024, "AnnouncementBody.tags");
          break;
        case 66:
          append(
            message.metadata,
            decodeMetadataEntry(reader.bytes()),
            256,
            "AnnouncementBody.metadata",
          );
          break;
        case 74:
          append(message.addresses, reader.stringVerify(), 16, "AnnouncementBody.addresses");
          break;
        case 82:
          append(message.grants, new Uint8Array(reader.bytes()), 64, "AnnouncementBody.grants");
          break;
        case 90:
          append(
            message.allowedNodes,
            new Uint8Array(reader.bytes()),
            64,
            "AnnouncementBody.allowedNodes",
          );
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      }
    }
  } catch (cause) {
    throw malformed("AnnouncementBody", cause);
  }
  return message;
}

function writeAnnouncementBody(writer: Writer, message: AnnouncementBody): Writer {
  if (message.entityId.length > 0) writer.uint32(10).bytes(message.entityId);
  if (message.bootId.length > 0) writer.uint32(18).bytes(message.bootId);
  if (!Object.is(message.version, 0)) writer.uint32(25).double(message.version);
  if (!Object.is(message.wallMs, 0)) writer.uint32(33).double(message.wallMs);
  if (message.ttlSeconds !== 0)
    writer.uint32(40).uint32(checkUint32(message.ttlSeconds, "AnnouncementBody.ttlSeconds"));
  if (message.tombstone) writer.uint32(48).bool(message.tombstone);
  for (const item of checkCount(message.tags, 1024, "AnnouncementBody.tags"))
    writer.uint32(58).string(item);
  for (const item of checkCount(message.metadata, 256, "AnnouncementBody.metadata"))
    writeMetadataEntry(writer.uint32(66).fork(), item).ldelim();
  for (const item of checkCount(message.addresses, 16, "AnnouncementBody.addresses"))
    writer.uint32(74).string(item);
  for (const item of checkCount(message.grants, 64, "AnnouncementBody.grants"))
    writer.uint32(82).bytes(item);
  for (const item of checkCount(message.allowedNodes, 64, "AnnouncementBody.allowedNodes"))
    writer.uint32(90).bytes(item);
  return writer;
}

export interface MetadataEntry {
  readonly key: string;
  readonly value: string;
}

/** Encodes a {@link MetadataEntry}. The bytes belong to the caller. */
export function encodeMetadataEntry(message: MetadataEntry): Uint8Array {
  return writeMetadataEntry(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link MetadataEntry}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeMetadataEntry(bytes: Uint8Array): MetadataEntry {
  const message = {
    key: "",
    value: "",
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.key = reader.stringVerify();
          break;
        case 18:
          message.value = reader.stringVerify();
          break;
        default:
          skipField(reader, tag, [1, 2]);
      }
    }
  } catch (cause) {
    throw malformed("MetadataEntry", cause);
  }
  return message;
}

function writeMetadataEntry(writer: Writer, message: MetadataEntry): Writer {
  if (message.key !== "") writer.uint32(10).string(message.key);
  if (message.value !== "") writer.uint32(18).string(message.value);
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
