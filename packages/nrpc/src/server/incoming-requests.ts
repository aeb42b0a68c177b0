import type { MessageStream } from "@selvage/transport";

import { RpcError } from "../errors.ts";
import { SingleConsumer } from "../single-consumer.ts";

/**
 * The requests of a call as its handler reads them: what is not read yet holds the caller back.
 * Leaving the loop leaves the rest unread. `read` may reject, with kind `bad-request`.
 */
export function incomingRequests(
  stream: MessageStream,
  read: (body: Uint8Array) => Promise<unknown>,
): AsyncIterable<unknown> {
  let isOver = false;
  return new SingleConsumer("requests of a call", {
    async next() {
      const body = isOver ? undefined : await receive(stream);
      isOver ||= body === undefined;
      return body && { item: await read(body) };
    },
    leave() {
      isOver = true;
    },
  });
}

async function receive(stream: MessageStream): Promise<Uint8Array | undefined> {
  try {
    return await stream.receive();
  } catch (cause) {
    const text = `node ${stream.nodeId} was lost or took its call back`;
    throw new RpcError("unavailable", text, { cause, delivered: "maybe" });
  }
}
