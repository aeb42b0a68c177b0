// Written by `pnpm proto` from sample.proto: change that file, then run it again.

import { Reader, Writer } from "protobufjs/minimal.js";

export const COLOR_UNKNOWN = 0;

/** Like the sky. */
export const COLOR_BLUE = 5;

/** One of everything that the generator supports. */
export interface Sample {
  readonly id: Uint8Array;
  readonly name: string;
  readonly active: boolean;
  readonly count: number;
  readonly offset: number;
  /** Counters past 32 bits travel as double. */
  readonly total: number;
  readonly color: number;
  readonly origin?: Point | undefined;
  readonly note?: string | undefined;
  readonly limit?: number | undefined;
  readonly seal?: Uint8Array | undefined;
  readonly path: readonly Point[];
  readonly ports: readonly number[];
  readonly weights: readonly number[];
  readonly tags: readonly string[];
  readonly keys: readonly Uint8Array[];
  readonly flags: readonly boolean[];
  readonly deltas: readonly number[];
}

/** Encodes a {@link Sample}. The bytes belong to the caller. */
export function encodeSample(message: Sample): Uint8Array {
  return writeSample(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link Sample}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeSample(bytes: Uint8Array): Sample {
  const message = {
    id: new Uint8Array(0),
    name: "",
    active: false,
    count: 0,
    offset: 0,
    total: 0,
    color: 0,
    origin: undefined as Point | undefined,
    note: undefined as string | undefined,
    limit: undefined as number | undefined,
    seal: undefined as Uint8Array | undefined,
    path: [] as Point[],
    ports: [] as number[],
    weights: [] as number[],
    tags: [] as string[],
    keys: [] as Uint8Array[],
    flags: [] as boolean[],
    deltas: [] as number[],
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.id = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.name = reader.stringVerify();
          break;
        case 24:
          message.active = reader.bool();
          break;
        case 32:
          message.count = reader.uint32();
          break;
        case 40:
          message.offset = reader.sint32();
          break;
        case 49:
          message.total = reader.double();
          break;
        case 56:
          message.color = reader.uint32();
          break;
        case 66:
          message.origin = decodePoint(reader.bytes());
          break;
        case 74:
          message.note = reader.stringVerify();
          break;
        case 80:
          message.limit = reader.uint32();
          break;
        case 90:
          message.seal = new Uint8Array(reader.bytes());
          break;
        case 98:
          append(message.path, decodePoint(reader.bytes()), 1024, "Sample.path");
          break;
        case 104:
          append(message.ports, reader.uint32(), 8, "Sample.ports");
          break;
        case 106: {
          const packed = new Reader(reader.bytes());
          while (packed.pos < packed.len) append(message.ports, packed.uint32(), 8, "Sample.ports");
          break;
        }
        case 113:
          append(message.weights, reader.double(), 1024, "Sample.weights");
          break;
        case 114: {
          const packed = new Reader(reader.bytes());
          while (packed.pos < packed.len)
            append(message.weights, packed.double(), 1024, "Sample.weights");
          break;
        }
        case 122:
          append(message.tags, reader.stringVerify(), 1024, "Sample.tags");
          break;
        case 130:
          append(message.keys, new Uint8Array(reader.bytes()), 1024, "Sample.keys");
          break;
        case 16376:
          append(message.flags, reader.bool(), 1024, "Sample.flags");
          break;
        case 16378: {
          const packed = new Reader(reader.bytes());
          while (packed.pos < packed.len)
            append(message.flags, packed.bool(), 1024, "Sample.flags");
          break;
        }
        case 4294967288:
          append(message.deltas, reader.sint32(), 1024, "Sample.deltas");
          break;
        case 4294967290: {
          const packed = new Reader(reader.bytes());
          while (packed.pos < packed.len)
            append(message.deltas, packed.sint32(), 1024, "Sample.deltas");
          break;
        }
        default:
          skipField(
            reader,
            tag,
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 2047, 536870911],
          );
      }
    }
  } catch (cause) {
    throw malformed("Sample", cause);
  }
  return message;
}

function writeSample(writer: Writer, message: Sample): Writer {
  if (message.id.length > 0) writer.uint32(10).bytes(message.id);
  if (message.name !== "") writer.uint32(18).string(message.name);
  if (message.active) writer.uint32(24).bool(message.active);
  if (message.count !== 0) writer.uint32(32).uint32(checkUint32(message.count, "Sample.count"));
  if (message.offset !== 0) writer.uint32(40).sint32(checkSint32(message.offset, "Sample.offset"));
  if (!Object.is(message.total, 0)) writer.uint32(49).double(message.total);
  if (message.color !== 0) writer.uint32(56).uint32(checkUint32(message.color, "Sample.color"));
  if (message.origin !== undefined) writePoint(writer.uint32(66).fork(), message.origin).ldelim();
  if (message.note !== undefined) writer.uint32(74).string(message.note);
  if (message.limit !== undefined)
    writer.uint32(80).uint32(checkUint32(message.limit, "Sample.limit"));
  if (message.seal !== undefined) writer.uint32(90).bytes(message.seal);
  for (const item of checkCount(message.path, 1024, "Sample.path"))
    writePoint(writer.uint32(98).fork(), item).ldelim();
  if (message.ports.length > 0) {
    writer.uint32(106).fork();
    for (const item of checkCount(message.ports, 8, "Sample.ports"))
      writer.uint32(checkUint32(item, "Sample.ports"));
    writer.ldelim();
  }
  if (message.weights.length > 0) {
    writer.uint32(114).fork();
    for (const item of checkCount(message.weights, 1024, "Sample.weights")) writer.double(item);
    writer.ldelim();
  }
  for (const item of checkCount(message.tags, 1024, "Sample.tags")) writer.uint32(122).string(item);
  for (const item of checkCount(message.keys, 1024, "Sample.keys")) writer.uint32(130).bytes(item);
  if (message.flags.length > 0) {
    writer.uint32(16378).fork();
    for (const item of checkCount(message.flags, 1024, "Sample.flags")) writer.bool(item);
    writer.ldelim();
  }
  if (message.deltas.length > 0) {
    writer.uint32(4294967290).fork();
    for (const item of checkCount(message.deltas, 1024, "Sample.deltas"))
      writer.sint32(checkSint32(item, "Sample.deltas"));
    writer.ldelim();
  }
  return writer;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Encodes a {@link Point}. The bytes belong to the caller. */
export function encodePoint(message: Point): Uint8Array {
  return writePoint(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link Point}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodePoint(bytes: Uint8Array): Point {
  const message = {
    x: 0,
    y: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 8:
          message.x = reader.sint32();
          break;
        case 16:
          message.y = reader.sint32();
          break;
        default:
          skipField(reader, tag, [1, 2]);
      }
    }
  } catch (cause) {
    throw malformed("Point", cause);
  }
  return message;
}

function writePoint(writer: Writer, message: Point): Writer {
  if (message.x !== 0) writer.uint32(8).sint32(checkSint32(message.x, "Point.x"));
  if (message.y !== 0) writer.uint32(16).sint32(checkSint32(message.y, "Point.y"));
  return writer;
}

function checkUint32(value: number, field: string): number {
  if (value >>> 0 === value) return value;
  throw new RangeError(`${field} must be a 32-bit unsigned integer, got ${value}`);
}

function checkSint32(value: number, field: string): number {
  if ((value | 0) === value) return value;
  throw new RangeError(`${field} must be a 32-bit signed integer, got ${value}`);
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
