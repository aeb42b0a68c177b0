import {
  type CallHeader,
  decodeCallHeader,
  decodeResponseHeader,
  encodeCallHeader,
  encodeResponseHeader,
  type ResponseHeader,
} from "./wire/call.gen.ts";

const LENGTH_BYTES = 2;
/** The largest header; its length travels in two bytes. */
const MAX_HEADER_BYTES = 0xffff;

/** A header and the body behind it; the body is a view of the message. */
export interface Frame<Header> {
  readonly header: Header;
  readonly body: Uint8Array;
}

/** The first message of a call. */
export function encodeCall(header: CallHeader, body: Uint8Array): Uint8Array {
  return join(encodeCallHeader(header), body);
}

/** The only message of an answer that is not streamed. */
export function encodeResponse(header: ResponseHeader, body: Uint8Array): Uint8Array {
  return join(encodeResponseHeader(header), body);
}

/** Reads the first message of a call; `undefined` if it is malformed. */
export function decodeCall(message: Uint8Array): Frame<CallHeader> | undefined {
  return split(message, decodeCallHeader);
}

/** Reads the first message of an answer; `undefined` if it is malformed. */
export function decodeResponse(message: Uint8Array): Frame<ResponseHeader> | undefined {
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
  const message = new Uint8Array(1 + content.length);
  message[0] = tag;
  message.set(content, 1);
  return message;
}

function join(header: Uint8Array, body: Uint8Array): Uint8Array {
  if (header.length > MAX_HEADER_BYTES) {
    throw new RangeError(`a call header of ${header.length} bytes, at most ${MAX_HEADER_BYTES}`);
  }
  const message = new Uint8Array(LENGTH_BYTES + header.length + body.length);
  message[0] = header.length;
  message[1] = header.length >>> 8;
  message.set(header, LENGTH_BYTES);
  message.set(body, LENGTH_BYTES + header.length);
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
