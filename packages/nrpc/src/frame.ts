import { BytePool } from "@selvage/core";
import { Reader } from "protobufjs/minimal.js";

import {
  type CallHeader,
  decodeCallHeader,
  decodeResponseHeader,
  encodeResponseHeader,
  type ResponseHeader,
} from "./wire/call.gen.ts";

const LENGTH_BYTES = 2;
/** Field 3 of a call's header, a double. */
const DEADLINE_TAG = 0x19;
/** Field 8 of a call's header, a number. */
const SHAPE_TAG = 0x40;
const DEADLINE_BYTES = 9;
/** The largest header; its length travels in two bytes. */
const MAX_HEADER_BYTES = 0xffff;
/** Messages are short-lived: their blocks are not kept for long. */
const messages = new BytePool();
const NO_BYTES: Uint8Array = new Uint8Array();
/** The header of most answers: success, and nothing else to say, has no bytes. */
const PLAIN_OK: ResponseHeader = decodeResponseHeader(NO_BYTES);

/** A header and the body behind it; the body is a view of the message. */
export interface Frame<Header> {
  readonly header: Header;
  readonly body: Uint8Array;
}

/**
 * The first message of a call. Its header comes in parts, as protobuf lets it: what all calls of a
 * contract have in common, the time that is left (0: no end), and what is this call's own.
 */
export function encodeCall(
  common: Uint8Array,
  deadlineMs: number,
  own: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  const deadlineBytes = deadlineMs === 0 ? 0 : DEADLINE_BYTES;
  const message = messageOf(common.length + deadlineBytes + own.length, body);
  message.set(common, LENGTH_BYTES);
  let at = LENGTH_BYTES + common.length;
  if (deadlineBytes > 0) {
    message[at] = DEADLINE_TAG;
    new DataView(message.buffer, message.byteOffset).setFloat64(at + 1, deadlineMs, true);
    at += DEADLINE_BYTES;
  }
  if (own.length > 0) message.set(own, at);
  return message;
}

/** The only message of an answer that is not streamed. */
export function encodeResponse(header: ResponseHeader, body: Uint8Array): Uint8Array {
  return join(encodeResponseHeader(header), body);
}

/** The only message of an answer that succeeded and has nothing to say but its body. */
export function encodePlainResponse(body: Uint8Array): Uint8Array {
  return join(NO_BYTES, body);
}

/** Reads the first message of a call; `undefined` if it is malformed. */
export function decodeCall(message: Uint8Array): Frame<CallHeader> | undefined {
  return split(message, decodeCallHeader);
}

/**
 * The shape of a malformed call, as a number, as far as it can be told: what a caller adds of its
 * own stands behind it. 0, that of unary calls, otherwise.
 */
export function shapeOfMalformed(message: Uint8Array): number {
  const length = (message[0] ?? 0) | ((message[1] ?? 0) << 8);
  try {
    const reader = new Reader(message.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag === SHAPE_TAG) return reader.uint32();
      reader.skipType(tag & 7, 0, tag >>> 3);
    }
  } catch {
    // Nobody knows what such a caller expects.
  }
  return 0;
}

/** Reads the first message of an answer; `undefined` if it is malformed. */
export function decodeResponse(message: Uint8Array): Frame<ResponseHeader> | undefined {
  if (message[0] === 0 && message[1] === 0) {
    return { header: PLAIN_OK, body: message.subarray(LENGTH_BYTES) };
  }
  return split(message, decodeResponseHeader);
}

/** What a streamed answer is made of: items, and at its end how it went. */
export type AnswerPart =
  | { readonly type: "item"; readonly body: Uint8Array }
  | { readonly type: "last"; readonly header: ResponseHeader };

/** First byte of a message of a streamed answer. */
const ITEM = 0;
const LAST = 1;

/** One item of a streamed answer. */
export function encodeItem(body: Uint8Array): Uint8Array {
  return tagged(ITEM, body);
}

/** The end of a streamed answer. */
export function encodeLast(header: ResponseHeader): Uint8Array {
  return tagged(LAST, encodeResponseHeader(header));
}

/** Reads a message of a streamed answer; `undefined` if it is malformed. Items are views of it. */
export function decodeAnswerPart(message: Uint8Array): AnswerPart | undefined {
  const content = message.subarray(1);
  if (message[0] === ITEM) return { type: "item", body: content };
  if (message[0] !== LAST) return undefined;
  try {
    return { type: "last", header: decodeResponseHeader(content) };
  } catch {
    return undefined;
  }
}

function tagged(tag: number, content: Uint8Array): Uint8Array {
  const message = messages.take(1 + content.length);
  message[0] = tag;
  message.set(content, 1);
  return message;
}

function join(header: Uint8Array, body: Uint8Array): Uint8Array {
  const message = messageOf(header.length, body);
  message.set(header, LENGTH_BYTES);
  return message;
}

/** A message with room for a header. */
function messageOf(headerBytes: number, body: Uint8Array): Uint8Array {
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new RangeError(`a call header of ${headerBytes} bytes, at most ${MAX_HEADER_BYTES}`);
  }
  const message = messages.take(LENGTH_BYTES + headerBytes + body.length);
  message[0] = headerBytes;
  message[1] = headerBytes >>> 8;
  message.set(body, LENGTH_BYTES + headerBytes);
  return message;
}

function split<Header>(
  message: Uint8Array,
  decode: (bytes: Uint8Array) => Header,
): Frame<Header> | undefined {
  const length = (message[0] ?? 0) | ((message[1] ?? 0) << 8);
  const bodyAt = LENGTH_BYTES + length;
  if (message.length < bodyAt) return undefined;
  try {
    return {
      header: decode(message.subarray(LENGTH_BYTES, bodyAt)),
      body: message.subarray(bodyAt),
    };
  } catch {
    return undefined;
  }
}
