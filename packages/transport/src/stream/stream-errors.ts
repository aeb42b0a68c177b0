import { TransportError } from "../errors.ts";
import type { MessageStream } from "./message-stream.ts";

type Failing = Pick<MessageStream, "id" | "delivered">;

export const streamEnded = ({ id, delivered }: Failing): TransportError =>
  new TransportError("stream-ended", `stream ${id} was ended`, { delivered });

export const windowFull = ({ id, delivered }: Failing): TransportError =>
  new TransportError("backpressure", `the window of stream ${id} is full`, { delivered });

export const messageTooLarge = (
  { id, delivered }: Failing,
  bytes: number,
  limit: number,
): TransportError =>
  new TransportError(
    "message-too-large",
    `a message of ${bytes} bytes, where stream ${id} takes ${limit}`,
    { delivered },
  );

export const resetHere = (
  { id, delivered }: Failing,
  code: number,
  notStarted: boolean,
): TransportError =>
  new TransportError("stream-reset", `stream ${id} was reset here with code ${code}`, {
    code,
    notStarted,
    delivered,
  });
