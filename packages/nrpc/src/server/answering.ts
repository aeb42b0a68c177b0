import { isTransportError, type MessageStream } from "@selvage/transport";

import { encodeItem, encodeLast, encodeResponse } from "../frame.ts";
import { type RpcStatus, rpcStatus } from "../status.ts";
import type { ResponseHeader } from "../wire/call.gen.ts";

/** How a call ends. */
export interface Answer {
  readonly status: RpcStatus;
  /** The provider vouches that the handler was not started. */
  readonly notStarted?: boolean;
  readonly message?: string;
  readonly code?: string;
  /** Of an application's error, encoded. */
  readonly details?: Uint8Array;
  readonly trailers?: ReadonlyMap<string, string> | undefined;
  /** The only response, of shapes that have one. */
  readonly body?: Uint8Array;
}

const NO_BYTES: Uint8Array = new Uint8Array();
const NO_TRAILERS: ReadonlyMap<string, string> = new Map();
/** What of an application's error message and code travels, in characters. */
const MAX_MESSAGE_LENGTH = 4_096;
const MAX_CODE_LENGTH = 256;
/** What of an application's error details travels, in bytes: a header has at most 64 KiB. */
const MAX_DETAILS_BYTES = 16_384;
/** What travels of trailers, in characters over all names and values. */
const MAX_TRAILERS_LENGTH = 8_192;
/** For how long a caller that has its answer may still say something, in milliseconds. */
export const UNREAD_MS = 10_000;

/**
 * Sends the only message of an answer, or the last one of a streamed answer; gives the status that
 * was sent.
 */
export function sendAnswer(stream: MessageStream, answer: Answer, isStreamed: boolean): RpcStatus {
  const { body = NO_BYTES } = answer;
  const header = headerOf(answer);
  if (isStreamed) {
    stream.end(encodeLast(header));
    return answer.status;
  }
  try {
    stream.end(encodeResponse(header, body));
    return answer.status;
  } catch (error) {
    if (!isTransportError(error, "message-too-large") || body === NO_BYTES) throw error;
    const message = "the response is larger than the caller takes";
    return sendAnswer(stream, { status: "internal", message }, isStreamed);
  }
}

/** Sends one response of many, as soon as the caller has room for it. */
export function sendItem(stream: MessageStream, body: Uint8Array): Promise<void> {
  return stream.sendBlocking(encodeItem(body));
}

function headerOf({
  status,
  notStarted = false,
  message = "",
  code = "",
  details = NO_BYTES,
  trailers = NO_TRAILERS,
}: Answer): ResponseHeader {
  return {
    status: rpcStatus[status].code,
    notStarted,
    message: cut(message, MAX_MESSAGE_LENGTH),
    code: cut(code, MAX_CODE_LENGTH),
    metadata: trailers === NO_TRAILERS ? [] : writeTrailers(trailers),
    details: details.length <= MAX_DETAILS_BYTES ? details : NO_BYTES,
  };
}

function writeTrailers(trailers: ReadonlyMap<string, string>): ResponseHeader["metadata"] {
  const entries: { readonly name: string; readonly value: string }[] = [];
  let left = MAX_TRAILERS_LENGTH;
  for (const [name, value] of trailers) {
    left -= name.length + value.length;
    if (left < 0) break;
    entries.push({ name: whole(name), value: whole(value) });
  }
  return entries;
}

/** The beginning of a text. */
const cut = (text: string, length: number): string => whole(text.slice(0, length));
/** Half a character, which no UTF-8 can carry, becomes a placeholder. */
const whole = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd");
