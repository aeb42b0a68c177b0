import type { Clock } from "@selvage/core";
import { isTransportError, type MessageStream } from "@selvage/transport";

import { encodeItem, encodeLast, encodePlainResponse, encodeResponse } from "../frame.ts";
import { RESET_UNREAD } from "../reset-codes.ts";
import { type RpcStatus, rpcStatus } from "../status.ts";
import { wellFormed } from "../well-formed.ts";
import type { ResponseHeader } from "../wire/call.gen.ts";

/** How a call ends. */
export interface Answer {
  readonly status: RpcStatus;
  /** The provider vouches that the handler was not started. */
  readonly notStarted?: boolean;
  readonly message?: string;
  readonly code?: string;
  /** Of an application's error, encoded: at most {@link MAX_DETAILS_BYTES}. */
  readonly details?: Uint8Array;
  /** What fits in a header. */
  readonly trailers?: ResponseHeader["metadata"] | undefined;
  /** The only response, of shapes that have one. */
  readonly body?: Uint8Array;
}

const NO_BYTES: Uint8Array = new Uint8Array();
/** The answer when a response is more than the caller's transport takes. */
export const TOO_LARGE: Answer = {
  status: "message-too-large",
  message: "the response is larger than the caller takes",
};
const NO_TRAILERS: ResponseHeader["metadata"] = [];
/** What of an application's error message and code travels, in characters. */
const MAX_MESSAGE_LENGTH = 4_096;
const MAX_CODE_LENGTH = 256;
/** What of an application's error details travels, in bytes: a header has at most 64 KiB. */
export const MAX_DETAILS_BYTES = 16_384;
/** For how long a caller that has its answer may still say something, in milliseconds. */
const UNREAD_MS = 10_000;

/** The only message of an answer. */
export function encodeAnswer(answer: Answer): Uint8Array {
  const { status, body = NO_BYTES, trailers } = answer;
  if (status === "ok" && trailers === undefined) return encodePlainResponse(body);
  return encodeResponse(headerOf(answer), body);
}

/**
 * Sends the only message of an answer, or the last one of a streamed answer; gives the status that
 * was sent.
 */
export function sendAnswer(stream: MessageStream, answer: Answer, isStreamed: boolean): RpcStatus {
  if (isStreamed) stream.end(encodeLast(headerOf(answer)));
  else if (!sendOnly(stream, encodeAnswer(answer))) return TOO_LARGE.status;
  return answer.status;
}

/**
 * Sends the only message of an answer, which is the stream's own from then on. If it is more than
 * the caller takes, that is what the caller hears, and the result is `false`.
 */
export function sendOnly(stream: MessageStream, message: Uint8Array): boolean {
  try {
    stream.end(message);
    return true;
  } catch (error) {
    if (!isTransportError(error, "message-too-large")) throw error;
    stream.end(encodeAnswer(TOO_LARGE));
    return false;
  }
}

/** Takes what a caller goes on saying, so that it does not hang, but not for ever. */
export async function discardRest(
  stream: MessageStream,
  clock: Clock,
  receive: () => Promise<Uint8Array | undefined> = () => stream.receive(),
): Promise<void> {
  const tooLong = clock.setTimeout(() => stream.reset(RESET_UNREAD), UNREAD_MS).unref();
  try {
    while ((await receive()) !== undefined);
  } catch {
    // Lost or taken back: it is over either way.
  } finally {
    tooLong[Symbol.dispose]();
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
    metadata: trailers,
    details,
  };
}

/** The beginning of a text. */
const cut = (text: string, length: number): string => wellFormed(text.slice(0, length));
