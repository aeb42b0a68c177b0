import type { NodeId } from "@selvage/core";
import type { TransportError } from "@selvage/transport";

import type { Codec } from "../codec.ts";
import { isRpcError, RpcError, type RpcErrorKind } from "../errors.ts";
import { statusOfCode } from "../status.ts";
import type { ResponseHeader } from "../wire/call.gen.ts";

/** Whom an attempt was made on, for its errors. */
export interface AttemptTarget {
  readonly service: string;
  readonly provider: NodeId;
  /** Reads the details of the application's errors. */
  readonly codec: Codec;
}

const kindOfLoss: Readonly<Partial<Record<TransportError["kind"], RpcErrorKind>>> = {
  backpressure: "backpressure",
  "going-away": "draining",
  "message-too-large": "message-too-large",
  closed: "closed",
};

/** What the loss of a stream means to a call. */
export function lossError(error: TransportError, { service, provider }: AttemptTarget): RpcError {
  const kind = kindOfLoss[error.kind] ?? "unavailable";
  return new RpcError(kind, `"${service}" on node ${provider}`, {
    cause: error,
    delivered: error.delivered,
    provider,
  });
}

/** The error that a provider answered with; `undefined` if it is none. */
export function answeredError(
  { status, notStarted, message, code, details, metadata }: ResponseHeader,
  { service, provider, codec }: AttemptTarget,
): RpcError | undefined {
  const kind = statusOfCode(status);
  if (kind === "ok") return undefined;
  const isOwn = kind === "application";
  return new RpcError(kind, `"${service}" on node ${provider}: ${message}`, {
    delivered: notStarted ? "never" : "maybe",
    provider,
    code: isOwn ? code : undefined,
    details: isOwn && details.length > 0 ? readDetails(codec, details) : undefined,
    trailers: metadata.length > 0 ? toTrailers(metadata) : undefined,
  });
}

function readDetails(codec: Codec, details: Uint8Array): unknown {
  try {
    return codec.decode(details);
  } catch {
    return undefined;
  }
}

/** The error when what came is no answer. */
export function noAnswer({ service, provider }: AttemptTarget): RpcError {
  return new RpcError("bad-response", `node ${provider} gave no answer to "${service}"`, {
    delivered: "maybe",
    provider,
  });
}

/** Why a response cannot be read, with the provider that gave it. */
export function unreadable(error: unknown, { provider }: AttemptTarget): unknown {
  if (!isRpcError(error, "bad-response") || error.provider !== undefined) return error;
  const { kind, message, cause, delivered } = error;
  return new RpcError(kind, message.replace(/^\[[^\]]*\] /, ""), { cause, delivered, provider });
}

/** Trailers by name; of several with one name the last. */
export function toTrailers(metadata: ResponseHeader["metadata"]): ReadonlyMap<string, string> {
  return new Map(metadata.map(({ name, value }) => [name, value]));
}
