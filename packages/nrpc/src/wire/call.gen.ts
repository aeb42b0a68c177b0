// Written by `pnpm proto` from call.proto: change that file, then run it again.

import { Reader, Writer } from "protobufjs/minimal.js";

/** First message of a call's stream, before the request body. */
export interface CallHeader {
  readonly service: string;
  /** Version that the caller was built against, "major.minor"; empty: any. */
  readonly version: string;
  /** Milliseconds until the caller gives up; 0: it never does. */
  readonly deadlineMs: number;
  readonly idempotencyKey: string;
  /** W3C trace context. */
  readonly traceparent: string;
  readonly tracestate: string;
  readonly metadata: readonly MetadataEntry[];
  /** 0 unary, 1 server-stream, 2 client-stream, 3 bidirectional. */
  readonly shape: number;
}

/** Encodes a {@link CallHeader}. The bytes belong to the caller. */
export function encodeCallHeader(message: CallHeader): Uint8Array {
  return writeCallHeader(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link CallHeader}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeCallHeader(bytes: Uint8Array): CallHeader {
  const message = {
    service: "",
    version: "",
    deadlineMs: 0,
    idempotencyKey: "",
    traceparent: "",
    tracestate: "",
    metadata: [] as MetadataEntry[],
    shape: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.service = reader.stringVerify();
          break;
        case 18:
          message.version = reader.stringVerify();
          break;
        case 25:
          message.deadlineMs = reader.double();
          break;
        case 34:
          message.idempotencyKey = reader.stringVerify();
          break;
        case 42:
          message.traceparent = reader.stringVerify();
          break;
        case 50:
          message.tracestate = reader.stringVerify();
          break;
        case 58:
          append(
            message.metadata,
            decodeMetadataEntry(reader.bytes()),
            1024,
            "CallHeader.metadata",
          );
          break;
        case 64:
          message.shape = reader.uint32();
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5, 6, 7, 8]);
      }
    }
  } catch (cause) {
    throw malformed("CallHeader", cause);
  }
  return message;
}

function writeCallHeader(writer: Writer, message: CallHeader): Writer {
  if (message.service !== "") writer.uint32(10).string(message.service);
  if (message.version !== "") writer.uint32(18).string(message.version);
  if (!Object.is(message.deadlineMs, 0)) writer.uint32(25).double(message.deadlineMs);
  if (message.idempotencyKey !== "") writer.uint32(34).string(message.idempotencyKey);
  if (message.traceparent !== "") writer.uint32(42).string(message.traceparent);
  if (message.tracestate !== "") writer.uint32(50).string(message.tracestate);
  for (const item of checkCount(message.metadata, 1024, "CallHeader.metadata"))
    writeMetadataEntry(writer.uint32(58).fork(), item).ldelim();
  if (message.shape !== 0) writer.uint32(64).uint32(checkUint32(message.shape, "CallHeader.shape"));
  return writer;
}

/** Begins the answer of unary and client-stream calls, before the response body; ends that of the others. */
export interface ResponseHeader {
  /** See status.ts; 0 is success. */
  readonly status: number;
  /** The provider vouches that the handler was not started. */
  readonly notStarted: boolean;
  readonly message: string;
  /** The application's own error code, for application errors. */
  readonly code: string;
  /** Trailers. */
  readonly metadata: readonly MetadataEntry[];
  /** What an application error says beside its code and message, encoded as bodies are. */
  readonly details: Uint8Array;
}

/** Encodes a {@link ResponseHeader}. The bytes belong to the caller. */
export function encodeResponseHeader(message: ResponseHeader): Uint8Array {
  return writeResponseHeader(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link ResponseHeader}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeResponseHeader(bytes: Uint8Array): ResponseHeader {
  const message = {
    status: 0,
    notStarted: false,
    message: "",
    code: "",
    metadata: [] as MetadataEntry[],
    details: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 8:
          message.status = reader.uint32();
          break;
        case 16:
          message.notStarted = reader.bool();
          break;
        case 26:
          message.message = reader.stringVerify();
          break;
        case 34:
          message.code = reader.stringVerify();
          break;
        case 42:
          append(
            message.metadata,
            decodeMetadataEntry(reader.bytes()),
            1024,
            "ResponseHeader.metadata",
          );
          break;
        case 50:
          message.details = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5, 6]);
      }
    }
  } catch (cause) {
    throw malformed("ResponseHeader", cause);
  }
  return message;
}

function writeResponseHeader(writer: Writer, message: ResponseHeader): Writer {
  if (message.status !== 0)
    writer.uint32(8).uint32(checkUint32(message.status, "ResponseHeader.status"));
  if (message.notStarted) writer.uint32(16).bool(message.notStarted);
  if (message.message !== "") writer.uint32(26).string(message.message);
  if (message.code !== "") writer.uint32(34).string(message.code);
  for (const item of checkCount(message.metadata, 1024, "ResponseHeader.metadata"))
    writeMetadataEntry(writer.uint32(42).fork(), item).ldelim();
  if (message.details.length > 0) writer.uint32(50).bytes(message.details);
  return writer;
}

export interface MetadataEntry {
  readonly name: string;
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
    name: "",
    value: "",
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.name = reader.stringVerify();
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
  if (message.name !== "") writer.uint32(10).string(message.name);
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
