import type { MessageStream } from "@selvage/transport";

/** What requests are said on. */
export type RequestSink = Pick<MessageStream, "send" | "sendBlocking" | "end">;

/** What a caller has to say, on each attempt from the beginning. */
export interface OutgoingRequests {
  /** So much was said that it cannot be said again elsewhere. */
  readonly isCommitted: boolean;
  /**
   * Says it all on the stream of an attempt, beginning with `head`. What goes wrong with the
   * requests themselves goes to `fail`; what goes wrong with the stream, its reader sees. Disposed
   * of when the answer is complete: the rest need not be said.
   */
  sendOn(
    stream: RequestSink,
    head: Uint8Array,
    fail: (reason: unknown) => void,
  ): Disposable | undefined;
  /** The call is over. */
  close(): void;
}

/** A single request: it is all in the head. */
export const singleRequest: OutgoingRequests = {
  isCommitted: false,
  sendOn(stream, head) {
    stream.end(head);
    return undefined;
  },
  close() {},
};
