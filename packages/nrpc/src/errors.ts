import {
  type Delivered,
  isSelvageError,
  type NodeId,
  SelvageError,
  type SelvageErrorOptions,
} from "@selvage/core";

/** Every way a call can fail. */
export const rpcErrorKinds = {
  "no-route": {
    retryable: true,
    meaning: "no provider of the service is known or can be reached",
  },
  timeout: {
    retryable: true,
    meaning: "the deadline, or the time of one attempt, has passed",
  },
  unavailable: {
    retryable: true,
    meaning: "the provider was lost: killed, frozen, partitioned or shut down",
  },
  backpressure: { retryable: true, meaning: "the provider has no room for the call" },
  draining: { retryable: true, meaning: "the provider is shutting down and takes no calls" },
  "not-found": { retryable: true, meaning: "the provider does not serve the service (any more)" },
  internal: { retryable: true, meaning: "the handler threw, or its answer could not be encoded" },
  application: { retryable: false, meaning: "the handler answered with an error of its own" },
  "bad-request": {
    retryable: false,
    meaning: "the request does not match the contract; the handler never ran",
  },
  "bad-response": { retryable: false, meaning: "the response does not match the contract" },
  incompatible: {
    retryable: false,
    meaning: "the provider serves another version or shape of the contract",
  },
  "idempotency-mismatch": {
    retryable: false,
    meaning: "the idempotency key belongs to a call with another body",
  },
  denied: { retryable: false, meaning: "the caller may not call the service" },
  cancelled: { retryable: false, meaning: "the provider saw the call cancelled" },
  "already-served": { retryable: false, meaning: "this node serves the service already" },
  "message-too-large": { retryable: false, meaning: "request or response exceed the size limit" },
  closed: { retryable: false, meaning: "the node was closed" },
} as const;

/** The kinds of {@link RpcError}. */
export type RpcErrorKind = keyof typeof rpcErrorKinds;

/** Construction options of {@link RpcError}. */
export interface RpcErrorOptions extends SelvageErrorOptions {
  readonly delivered?: Delivered | undefined;
  readonly provider?: NodeId | undefined;
  readonly code?: string | undefined;
  readonly details?: unknown;
  readonly trailers?: ReadonlyMap<string, string> | undefined;
}

/** A failed call. */
export class RpcError extends SelvageError<RpcErrorKind> {
  /** May the handler have started? */
  readonly delivered: Delivered;
  /** The provider of the last attempt, if there was one. */
  readonly provider: NodeId | undefined;
  /** The application's own code, for kind `application`. */
  readonly code: string | undefined;
  /** What the application says beside it, for kind `application`. */
  readonly details: unknown;
  /** What the handler sent behind the error. */
  readonly trailers: ReadonlyMap<string, string>;

  constructor(kind: RpcErrorKind, message: string, options: RpcErrorOptions = {}) {
    super(rpcErrorKinds, kind, message, options);
    this.delivered = options.delivered ?? "never";
    this.provider = options.provider;
    this.code = options.code;
    this.details = options.details;
    this.trailers = options.trailers ?? NO_TRAILERS;
  }
}

const NO_TRAILERS: ReadonlyMap<string, string> = new Map();

/** Whether `error` is an {@link RpcError}, also one from another copy of this package; optionally of one kind. */
export function isRpcError(error: unknown, kind?: RpcErrorKind): error is RpcError {
  return (
    isSelvageError(error) &&
    error.name === "RpcError" &&
    (kind === undefined || error.kind === kind)
  );
}

/** Construction options of {@link ApplicationError}. */
export interface ApplicationErrorOptions extends ErrorOptions {
  /** Anything that the service's codec can carry, for programs that handle the error. */
  readonly details?: unknown;
}

/**
 * What a handler throws to answer with an error of its own: the caller gets an {@link RpcError} of
 * kind `application` with this code, message and details. Anything else a handler throws reaches the caller
 * as `internal`, without its message.
 */
export class ApplicationError extends Error {
  /** Chosen by the application. */
  readonly code: string;
  readonly details: unknown;

  constructor(code: string, message: string, options: ApplicationErrorOptions = {}) {
    super(message, options);
    this.name = "ApplicationError";
    // Codes of other libraries' errors may be numbers, whatever their types say.
    const given: unknown = code;
    this.code = String(given);
    this.details = options.details;
  }
}
