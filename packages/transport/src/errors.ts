import {
  type Delivered,
  isSelvageError,
  SelvageError,
  type SelvageErrorOptions,
} from "@selvage/core";

/** Every way an operation of the transport can fail. */
export const transportErrorKinds = {
  backpressure: {
    retryable: true,
    meaning: "the stream's window or the peer's stream limit is full; nothing was sent",
  },
  "message-too-large": {
    retryable: false,
    meaning: "the message is longer than the peer takes",
  },
  "stream-ended": {
    retryable: false,
    meaning: "the sending side of the stream was ended already",
  },
  "stream-reset": {
    retryable: false,
    meaning: "this side or the peer reset the stream; `code` and `notStarted` say why",
  },
  "going-away": {
    retryable: true,
    meaning: "the peer is shutting down and takes no new streams",
  },
  "session-lost": {
    retryable: true,
    meaning: "the session ended under the stream: closed, replaced or failed",
  },
  "peer-failed": {
    retryable: true,
    meaning: "the peer was silent for so long that it counts as failed",
  },
  "handshake-timeout": {
    retryable: true,
    meaning: "nobody with the same pre-shared key answered at the address in time",
  },
  "handshake-failed": {
    retryable: false,
    meaning: "the other end of the address could not prove to be who was asked for",
  },
  "no-route": {
    retryable: true,
    meaning: "no address was given, and no relay knows a way to the node",
  },
  "too-many-handshakes": {
    retryable: true,
    meaning: "the limit of concurrent handshakes is reached",
  },
  "version-mismatch": {
    retryable: false,
    meaning: "the node at the address speaks no protocol version that we speak",
  },
  "identity-in-use": {
    retryable: true,
    meaning: "another process with the same identity is alive; one of the two must go",
  },
  "node-id-conflict": {
    retryable: false,
    meaning: "another entity is known under the node id of the one that was dialled",
  },
  address: { retryable: false, meaning: "the address cannot be parsed or resolved" },
  bind: { retryable: false, meaning: "the local address cannot be bound" },
  closed: { retryable: false, meaning: "the transport was closed" },
} as const;

/** The kinds of {@link TransportError}. */
export type TransportErrorKind = keyof typeof transportErrorKinds;

/** Construction options of {@link TransportError}. */
export interface TransportErrorOptions extends SelvageErrorOptions {
  readonly delivered?: Delivered | undefined;
  readonly code?: number | undefined;
  readonly notStarted?: boolean | undefined;
}

/** An error of `@selvage/transport`. */
export class TransportError extends SelvageError<TransportErrorKind> {
  /** Whether anything of what was to be sent may have reached the peer's application. */
  readonly delivered: Delivered;
  /** The application's reset code, for `stream-reset`. */
  readonly code: number | undefined;
  /** The peer vouches that its handler never started, for `stream-reset`. */
  readonly notStarted: boolean;

  constructor(kind: TransportErrorKind, message: string, options: TransportErrorOptions = {}) {
    super(transportErrorKinds, kind, message, options);
    this.delivered = options.delivered ?? "never";
    this.code = options.code;
    this.notStarted = options.notStarted ?? false;
  }
}

/** Whether `error` is a {@link TransportError}, also one from another copy of this package; optionally of one kind. */
export function isTransportError(
  error: unknown,
  kind?: TransportErrorKind,
): error is TransportError {
  return (
    isSelvageError(error) &&
    error.name === "TransportError" &&
    (kind === undefined || error.kind === kind)
  );
}

/** The same failure, as one stream sees it that was or was not under way. */
export function withDelivered(error: TransportError, delivered: Delivered): TransportError {
  return new TransportError(error.kind, plainText(error), { cause: error, delivered });
}

/** What an error says, without its kind in front. */
export function plainText({ message }: TransportError): string {
  return message.replace(/^\[[^\]]*\] /, "");
}
