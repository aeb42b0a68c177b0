import { concatBytes, fromHex, type NodeId, parseNodeId, toHex } from "@selvage/core";

import { type ByteReader, ByteWriter, varintLength } from "../packet/bytes-io.ts";
import { FrameType } from "../packet/frames.ts";

/** Bytes of a node id in frames. */
export const NODE_ID_BYTES = 16;
/** The most that a RELAY frame adds to the packet inside: type, hop limit, two ids, length. */
export const RELAY_FRAME_OVERHEAD: number = 1 + 1 + 2 * NODE_ID_BYTES + 4;

/** Where a relayed frame goes, where it comes from, and how often it may still be passed on. */
export interface RelayHeader {
  readonly hopLimit: number;
  readonly destination: NodeId;
  readonly source: NodeId;
}

/** A packet on its way through relays. Its bytes are views of the memory that it was read from. */
export interface RelayedPacket extends RelayHeader {
  /** The frame behind its hop limit, as relays pass it on. */
  readonly body: Uint8Array;
  readonly inner: Uint8Array;
}

/** Word for a source (the frame's destination) that its packets are too large for the way. */
export interface RelayLimit extends RelayHeader {
  /** The largest inner packet that fits. */
  readonly maxInnerBytes: number;
}

/** What a neighbour says of its way to a destination. */
export interface RouteWord {
  readonly sequence: number;
  readonly destination: NodeId;
  /** The relays on the way, nearest first: the neighbour itself, then others. Empty: no way. */
  readonly path: readonly NodeId[];
}

/** The most that a ROUTE frame with so many relays takes, in bytes. */
export const routeFrameBytes = (relays: number): number => 1 + 8 + 1 + (1 + relays) * NODE_ID_BYTES;

/** The most that a relay limit takes, in bytes. */
export const RELAY_LIMIT_BYTES: number = 2 + 2 * NODE_ID_BYTES + 8;

/** The two ids with which the body of a RELAY frame begins. */
export const relayIds = (destination: NodeId, source: NodeId): Uint8Array =>
  concatBytes(fromHex(destination), fromHex(source));

/** The body of a RELAY frame. Copies the packet. */
export function relayBody(ids: Uint8Array, inner: Uint8Array): Uint8Array {
  const lengthBytes = varintLength(inner.length);
  const writer = new ByteWriter(new Uint8Array(ids.length + lengthBytes + inner.length));
  writer.raw(ids);
  writer.varint(inner.length);
  writer.raw(inner);
  return writer.bytes;
}

/** Bytes of a RELAY frame with that body. */
export const relayFrameBytes = (body: Uint8Array): number => 2 + body.length;

export function writeRelay(out: ByteWriter, hopLimit: number, body: Uint8Array): void {
  out.u8(FrameType.relay);
  out.u8(hopLimit);
  out.raw(body);
}

/** Reads a RELAY frame behind its type. */
export function readRelay(reader: ByteReader): RelayedPacket {
  const hopLimit = reader.u8();
  const start = reader.at;
  const destination = readNodeId(reader);
  const source = readNodeId(reader);
  const inner = reader.raw(reader.varint());
  return { hopLimit, destination, source, inner, body: reader.bytes.subarray(start, reader.at) };
}

export function writeRelayLimit(out: ByteWriter, limit: RelayLimit): void {
  out.u8(FrameType.relayLimit);
  out.u8(limit.hopLimit);
  out.raw(relayIds(limit.destination, limit.source));
  out.varint(limit.maxInnerBytes);
}

/** Reads a relay limit behind its type. */
export function readRelayLimit(reader: ByteReader): RelayLimit {
  return {
    hopLimit: reader.u8(),
    destination: readNodeId(reader),
    source: readNodeId(reader),
    maxInnerBytes: reader.varint(),
  };
}

export function writeRoute(out: ByteWriter, { sequence, destination, path }: RouteWord): void {
  out.u8(FrameType.route);
  out.varint(sequence);
  out.raw(fromHex(destination));
  out.u8(path.length);
  for (const relay of path) out.raw(fromHex(relay));
}

/** Reads a ROUTE frame behind its type. */
export function readRoute(reader: ByteReader): RouteWord {
  const sequence = reader.varint();
  const destination = readNodeId(reader);
  const length = reader.u8();
  const path: NodeId[] = [];
  for (let i = 0; i < length; i++) path.push(readNodeId(reader));
  return { sequence, destination, path };
}

const readNodeId = (reader: ByteReader): NodeId => parseNodeId(toHex(reader.raw(NODE_ID_BYTES)));
