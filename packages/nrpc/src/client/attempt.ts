import type { Delivered } from "@selvage/core";
import {
  isTransportError,
  type MessageStream,
  type Peer,
  type TransportError,
} from "@selvage/transport";

import { NRPC_PROTOCOL } from "../defaults.ts";
import { RpcError, type RpcErrorKind } from "../errors.ts";
import { decodeResponse } from "../frame.ts";
import { RESET_CANCELLED } from "../reset-codes.ts";
import { statusOfCode } from "../status.ts";

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
 * One call on one peer, made once. A plain object with an `abort` of its own: signals are dear
 * where every call would need several.
 */
export class Attempt {
  readonly #peer: Peer;
  readonly #service: string;
  #stream: MessageStream | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  constructor(peer: Peer, service: string) {
    this.#peer = peer;
    this.#service = service;
  }

  /** Gives the attempt up; the provider hears of it. Without effect once it is over. */
  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    this.#stream?.reset(RESET_CANCELLED);
  }

  /**
   * Sends the request and answers the response body.
   *
   * @throws {@link RpcError} with the provider's answer or its loss; {@link AttemptAborted}.
   */
  async run(message: Uint8Array): Promise<Uint8Array> {
    this.#throwIfAborted("never");
    try {
      const stream = this.#peer.openStream(NRPC_PROTOCOL, { watched: true });
      this.#stream = stream;
      stream.end(message);
      return this.#bodyOf(await stream.receive());
    } catch (error) {
      const delivered = this.#stream?.delivered ?? "never";
      // Whatever went wrong here, the provider need not keep the stream open.
      this.#stream?.reset(RESET_CANCELLED);
      this.#throwIfAborted(delivered);
      throw isTransportError(error) ? this.#translate(error) : error;
    }
  }

  #throwIfAborted(delivered: Delivered): void {
    if (this.#aborted !== undefined) throw new AttemptAborted(this.#aborted.reason, delivered);
  }

  #bodyOf(message: Uint8Array | undefined): Uint8Array {
    const provider = this.#peer.nodeId;
    const frame = message && decodeResponse(message);
    if (frame === undefined) {
      throw new RpcError("bad-response", `node ${provider} gave no answer to "${this.#service}"`, {
        delivered: "maybe",
        provider,
      });
    }
    const { status, notStarted, message: text, code } = frame.header;
    const kind = statusOfCode(status);
    if (kind === "ok") return frame.body;
    throw new RpcError(kind, `"${this.#service}" on node ${provider}: ${text}`, {
      delivered: notStarted ? "never" : "maybe",
      provider,
      code: kind === "application" ? code : undefined,
    });
  }

  /** What the loss of a stream means to a call. */
  #translate(error: TransportError): RpcError {
    const provider = this.#peer.nodeId;
    const kind = kindOfLoss[error.kind] ?? "unavailable";
    return new RpcError(kind, `"${this.#service}" on node ${provider}`, {
      cause: error,
      delivered: error.delivered,
      provider,
    });
  }
}

const kindOfLoss: Readonly<Partial<Record<TransportError["kind"], RpcErrorKind>>> = {
  backpressure: "backpressure",
  "going-away": "draining",
  "message-too-large": "message-too-large",
  closed: "closed",
};
