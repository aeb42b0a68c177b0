import { ReplyStream } from "./reply-stream.ts";

/** What completes an attempt: the body of the only response, or the beginning of many. */
export type Reply = Uint8Array | ReplyStream;

/** Nobody wants the answer that has begun. */
export function cancelReply(reply: Reply): void {
  if (reply instanceof ReplyStream) reply.abort(undefined);
}
