import { type Delivered, onAbort } from "@selvage/core";
import { isTransportError, type MessageStream, type Peer, TransportError } from "@selvage/transport";
import { NRPC_PROTOCOL } from "./defaults.ts";
import { RpcError, type RpcErrorKind } from "./errors.ts";
import { decodeResponse } from "./frame.ts";
import { statusOfCode } from "./status.ts";

/** Reset code by which a caller takes a call back. */
export const RESET_CANCELLED = 1;

/** Why an attempt was given up from our side, and whether it had left by then. */
export class AttemptAborted extends Error {
  readonly reason: unknown;
  readonly delivered: Delivered;

  constructor(reason: unknown, delivered: Delivered) {
    super("the attempt was given up");
    this.name = "AttemptAborted";
    this.reason = reason;
    this.delivered = delivered;
  }
}

/**
 * Makes a call on one peer, once, and answers the response body.
 *
 * @throws {@link RpcError} with the provider's answer or its loss; {@link AttemptAborted} when the
 * signal aborted first, by which the call is cancelled at the provider too.
 */
export async function attempt(
  peer: Peer,
  service: string,
  message: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (signal.aborted) throw new AttemptAborted(signal.reason, "never");
  const stream = openStream(peer, service);
  const abort = onAbort(signal, () => stream.reset(RESET_CANCELLED));
  try {
    stream.send(message);
    stream.end();
    return bodyOf(await stream.receive(), stream, service);
  } catch (error) {
    if (signal.aborted) throw new AttemptAborted(signal.reason, stream.delivered);
    throw isTransportError(error) ? translate(error, peer, service) : error;
  } finally {
    abort[Symbol.dispose]();
  }
}

function openStream(peer: Peer, service: string): MessageStream {
  try {
    return peer.openStream(NRPC_PROTOCOL, { watched: true });
  } catch (error) {
    throw isTransportError(error) ? translate(error, peer, service) : error;
  }
}

function bodyOf(message: Uint8Array | undefined, stream: MessageStream, service: string): Uint8Array {
  const provider = stream.nodeId;
  const frame = message && decodeResponse(message);
  if (frame === undefined) {
    throw new RpcError("bad-response", `node ${provider} gave no answer to "${service}"`, {
      delivered: "maybe",
      provider,
    });
  }
  const { status, notStarted, message: text, code } = frame.header;
  const kind = statusOfCode(status);
  if (kind === "ok") return frame.body;
  throw new RpcError(kind, `"${service}" on node ${provider}: ${text}`, {
    delivered: notStarted ? "never" : "maybe",
    provider,
    code: kind === "application" ? code : undefined,
  });
}

/** What the loss of a stream means to a call. */
function translate(error: TransportError, { nodeId }: Peer, service: string): RpcError {
  const kinds: Partial<Record<TransportError["kind"], RpcErrorKind>> = {
    backpressure: "backpressure",
    "going-away": "draining",
    "message-too-large": "message-too-large",
    closed: "closed",
  };
  return new RpcError(kinds[error.kind] ?? "unavailable", `"${service}" on node ${nodeId}`, {
    cause: error,
    delivered: error.delivered,
    provider: nodeId,
  });
}
