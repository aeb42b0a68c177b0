// Written by `pnpm proto` from handshake.proto: change that file, then run it again.

import { Reader, Writer } from "protobufjs/minimal.js";

/** Payload of handshake message 1. Readable by every holder of the pre-shared key. */
export interface HandshakeHello {
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** Encodes a {@link HandshakeHello}. The bytes belong to the caller. */
export function encodeHandshakeHello(message: HandshakeHello): Uint8Array {
  return writeHandshakeHello(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link HandshakeHello}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeHandshakeHello(bytes: Uint8Array): HandshakeHello {
  const message = {
    minVersion: 0,
    maxVersion: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 8:
          message.minVersion = reader.uint32();
          break;
        case 16:
          message.maxVersion = reader.uint32();
          break;
        default:
          skipField(reader, tag, [1, 2]);
      }
    }
  } catch (cause) {
    throw malformed("HandshakeHello", cause);
  }
  return message;
}

function writeHandshakeHello(writer: Writer, message: HandshakeHello): Writer {
  if (message.minVersion !== 0)
    writer.uint32(8).uint32(checkUint32(message.minVersion, "HandshakeHello.minVersion"));
  if (message.maxVersion !== 0)
    writer.uint32(16).uint32(checkUint32(message.maxVersion, "HandshakeHello.maxVersion"));
  return writer;
}

/** Payload of handshake messages 2 and 3: who speaks, and on what terms. */
export interface HandshakeProof {
  /** ed25519 public key. */
  readonly entityKey: Uint8Array;
  /** ed25519 signature over label, role, handshake hash and own static key. */
  readonly signature: Uint8Array;
  /** 16 random bytes drawn at process start. */
  readonly bootId: Uint8Array;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly features: number;
  readonly parameters?: TransportParameters | undefined;
  /** Where the speaker can be dialled, host:port. */
  readonly addresses: readonly string[];
}

/** Encodes a {@link HandshakeProof}. The bytes belong to the caller. */
export function encodeHandshakeProof(message: HandshakeProof): Uint8Array {
  return writeHandshakeProof(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link HandshakeProof}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeHandshakeProof(bytes: Uint8Array): HandshakeProof {
  const message = {
    entityKey: new Uint8Array(0),
    signature: new Uint8Array(0),
    bootId: new Uint8Array(0),
    minVersion: 0,
    maxVersion: 0,
    features: 0,
    parameters: undefined as TransportParameters | undefined,
    addresses: [] as string[],
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.entityKey = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.signature = new Uint8Array(reader.bytes());
          break;
        case 26:
          message.bootId = new Uint8Array(reader.bytes());
          break;
        case 32:
          message.minVersion = reader.uint32();
          break;
        case 40:
          message.maxVersion = reader.uint32();
          break;
        case 48:
          message.features = reader.uint32();
          break;
        case 58:
          message.parameters = decodeTransportParameters(reader.bytes());
          break;
        case 66:
          append(message.addresses, reader.stringVerify(), 1024, "HandshakeProof.addresses");
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5, 6, 7, 8]);
      }
    }
  } catch (cause) {
    throw malformed("HandshakeProof", cause);
  }
  return message;
}

function writeHandshakeProof(writer: Writer, message: HandshakeProof): Writer {
  if (message.entityKey.length > 0) writer.uint32(10).bytes(message.entityKey);
  if (message.signature.length > 0) writer.uint32(18).bytes(message.signature);
  if (message.bootId.length > 0) writer.uint32(26).bytes(message.bootId);
  if (message.minVersion !== 0)
    writer.uint32(32).uint32(checkUint32(message.minVersion, "HandshakeProof.minVersion"));
  if (message.maxVersion !== 0)
    writer.uint32(40).uint32(checkUint32(message.maxVersion, "HandshakeProof.maxVersion"));
  if (message.features !== 0)
    writer.uint32(48).uint32(checkUint32(message.features, "HandshakeProof.features"));
  if (message.parameters !== undefined)
    writeTransportParameters(writer.uint32(58).fork(), message.parameters).ldelim();
  for (const item of checkCount(message.addresses, 1024, "HandshakeProof.addresses"))
    writer.uint32(66).string(item);
  return writer;
}

export interface TransportParameters {
  readonly streamWindowBytes: number;
  readonly maxOpenStreams: number;
  readonly maxMessageBytes: number;
  readonly maxAckDelayMs: number;
  readonly receiveBudgetBytes: number;
}

/** Encodes a {@link TransportParameters}. The bytes belong to the caller. */
export function encodeTransportParameters(message: TransportParameters): Uint8Array {
  return writeTransportParameters(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link TransportParameters}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeTransportParameters(bytes: Uint8Array): TransportParameters {
  const message = {
    streamWindowBytes: 0,
    maxOpenStreams: 0,
    maxMessageBytes: 0,
    maxAckDelayMs: 0,
    receiveBudgetBytes: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 8:
          message.streamWindowBytes = reader.uint32();
          break;
        case 16:
          message.maxOpenStreams = reader.uint32();
          break;
        case 24:
          message.maxMessageBytes = reader.uint32();
          break;
        case 32:
          message.maxAckDelayMs = reader.uint32();
          break;
        case 40:
          message.receiveBudgetBytes = reader.uint32();
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5]);
      }
    }
  } catch (cause) {
    throw malformed("TransportParameters", cause);
  }
  return message;
}

function writeTransportParameters(writer: Writer, message: TransportParameters): Writer {
  if (message.streamWindowBytes !== 0)
    writer
      .uint32(8)
      .uint32(checkUint32(message.streamWindowBytes, "TransportParameters.streamWindowBytes"));
  if (message.maxOpenStreams !== 0)
    writer
      .uint32(16)
      .uint32(checkUint32(message.maxOpenStreams, "TransportParameters.maxOpenStreams"));
  if (message.maxMessageBytes !== 0)
    writer
      .uint32(24)
      .uint32(checkUint32(message.maxMessageBytes, "TransportParameters.maxMessageBytes"));
  if (message.maxAckDelayMs !== 0)
    writer
      .uint32(32)
      .uint32(checkUint32(message.maxAckDelayMs, "TransportParameters.maxAckDelayMs"));
  if (message.receiveBudgetBytes !== 0)
    writer
      .uint32(40)
      .uint32(checkUint32(message.receiveBudgetBytes, "TransportParameters.receiveBudgetBytes"));
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
