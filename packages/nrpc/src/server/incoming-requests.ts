import type { MessageStream } from "@selvage/transport";

import { RpcError } from "../errors.ts";
import { SingleConsumer } from "../single-consumer.ts";

/** Takes the next message of a stream. */
export type Receive = () => Promise<Uint8Array | undefined>;

/**
 * Takes messages for whoever asks, one after the other: a handler that has ended may still wait for
 * one when the rest is to be discarded.
 */
export function receiveInTurn(stream: Pick<MessageStream, "receive">): Receive {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(() => stream.receive());
    last = next.catch(() => {});
    return next;
  };
}

/**
 * The requests of a call as its handler reads them: what is not read yet holds the caller back.
 * Leaving the loop leaves the rest unread. `read` may reject, with kind `bad-request`.
 */
export function incomingRequests(
  { nodeId }: Pick<MessageStream, "nodeId">,
  receive: Receive,
  read: (body: Uint8Array) => Promise<unknown>,
): AsyncIterable<unknown> {
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      return await receive();
    } catch (cause) {
      const text = `node ${nodeId} was lost or took its call back`;
      throw new RpcError("unavailable", text, { cause, delivered: "maybe" });
    }
  };
  let isOver = false;
  return new SingleConsumer("requests of a call", {
    async next() {
      const body = isOver ? undefined : await next();
      isOver ||= body === undefined;
      return body && { item: await read(body) };
    },
    leave() {
      isOver = true;
    },
  });
}
