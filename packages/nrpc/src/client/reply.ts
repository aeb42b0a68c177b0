import { ReplyStream } from "./reply-stream.ts";

/** The only response of a call; in an object, since any value may be one, a promise too. */
export interface SingleReply {
  readonly response: unknown;
}

/** What completes an attempt: the only response, or the beginning of many. */
export type Reply = SingleReply | ReplyStream;

/** Nobody wants the answer that has begun. */
export function cancelReply(reply: Reply): void {
  if (reply instanceof ReplyStream) reply.abort(undefined);
}
