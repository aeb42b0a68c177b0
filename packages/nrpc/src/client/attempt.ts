import type { Delivered } from "@selvage/core";
import { isTransportError, type MessageStream, type Peer } from "@selvage/transport";

import { NRPC_PROTOCOL } from "../defaults.ts";
import { decodeResponse } from "../frame.ts";
import type { TrackedAttempt } from "../observability/attempt-trail.ts";
import { RESET_CANCELLED } from "../reset-codes.ts";
import { isLate } from "../validation.ts";
import { answeredError, type AttemptTarget, lossError, noAnswer, unreadable } from "./loss.ts";
import type { OutgoingCall } from "./outgoing-call.ts";
import { ReplyStream } from "./reply-stream.ts";
import type { Reply } from "./reply.ts";

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
  readonly #call: OutgoingCall;
  readonly #target: AttemptTarget;
  readonly #record: TrackedAttempt;
  #stream: MessageStream | undefined;
  #sending: Disposable | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  constructor(peer: Peer, call: OutgoingCall, record: TrackedAttempt) {
    this.#peer = peer;
    this.#call = call;
    this.#record = record;
    this.#target = { service: call.service, provider: peer.nodeId, codec: call.codec };
  }

  get isAborted(): boolean {
    return this.#aborted !== undefined;
  }

  /**
   * Opens the stream before {@link run}; `false` if the provider takes no more of them now. Any
   * other reason why there is none comes back there.
   */
  tryOpen(): boolean {
    try {
      this.#stream = this.#openStream();
      return true;
    } catch (error) {
      return !isTransportError(error, "backpressure");
    }
  }

  /** Gives the attempt up; the provider hears `code`. Without effect once it is over. */
  abort(reason: unknown, code: number = RESET_CANCELLED): void {
    this.#aborted ??= { reason };
    this.#stream?.reset(code);
  }

  /**
   * Says what the caller has to say and waits for the only response, or the first message of a
   * streamed answer.
   *
   * @throws {@link RpcError} with the provider's answer or its loss; {@link AttemptAborted}.
   */
  async run(): Promise<Reply> {
    this.#throwIfAborted("never");
    try {
      const stream = this.#stream ?? this.#openStream();
      this.#stream = stream;
      const head = this.#call.message(this.#record);
      this.#sending = this.#call.requests.sendOn(stream, head, (reason) => this.abort(reason));
      const first = await stream.receive();
      if (!this.#call.isAnsweredByStream) {
        const response = this.#call.read(this.#bodyOf(first));
        if (!isLate(response)) return { response };
        const reply = { response: await response };
        this.#throwIfAborted("maybe");
        return reply;
      }
      const reply = new ReplyStream({
        stream,
        sending: this.#sending,
        call: this.#call,
        target: this.#target,
        record: this.#record,
      });
      reply.begin(first);
      return reply;
    } catch (error) {
      const delivered = this.#stream?.delivered ?? "never";
      // Whatever went wrong here, the provider need not keep the stream open.
      this.#stream?.reset(RESET_CANCELLED);
      this.#sending?.[Symbol.dispose]();
      this.#throwIfAborted(delivered);
      if (isTransportError(error)) throw lossError(error, this.#target);
      throw unreadable(error, this.#target);
    }
  }

  #openStream(): MessageStream {
    return this.#peer.openStream(NRPC_PROTOCOL, { watched: true });
  }

  #throwIfAborted(delivered: Delivered): void {
    if (this.#aborted !== undefined) throw new AttemptAborted(this.#aborted.reason, delivered);
  }

  #bodyOf(message: Uint8Array | undefined): Uint8Array {
    const frame = message && decodeResponse(message);
    if (frame === undefined) throw noAnswer(this.#target);
    const error = answeredError(frame.header, this.#target);
    if (error !== undefined) throw error;
    this.#sending?.[Symbol.dispose]();
    this.#call.trailers = frame.header.metadata;
    return frame.body;
  }
}
