import { isTransportError, type MessageStream } from "@selvage/transport";

import { decodeAnswerPart } from "../frame.ts";
import type { TrackedAttempt } from "../observability/attempt-trail.ts";
import { RESET_CANCELLED } from "../reset-codes.ts";
import { isLate } from "../validation.ts";
import { answeredError, type AttemptTarget, lossError, noAnswer, unreadable } from "./loss.ts";
import { outcomeOf, type OutgoingCall } from "./outgoing-call.ts";

/** What a {@link ReplyStream} works with. */
export interface ReplyStreamParts {
  readonly stream: MessageStream;
  readonly sending: Disposable | undefined;
  readonly call: OutgoingCall;
  readonly target: AttemptTarget;
  readonly record: TrackedAttempt;
}

/** The responses of a call that is answered by any number of them, from the first on. */
export class ReplyStream {
  readonly #stream: MessageStream;
  readonly #sending: Disposable | undefined;
  readonly #call: OutgoingCall;
  readonly #target: AttemptTarget;
  readonly #record: TrackedAttempt;
  /** What came already: a body, or the end. */
  #first: { readonly body: Uint8Array | undefined } | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #isOver = false;
  #outcome = "ok";
  #onEnd: ((outcome: string) => void) | undefined;

  constructor({ stream, sending, call, target, record }: ReplyStreamParts) {
    this.#stream = stream;
    this.#sending = sending;
    this.#call = call;
    this.#target = target;
    this.#record = record;
  }

  get provider(): AttemptTarget["provider"] {
    return this.#target.provider;
  }

  /**
   * Runs `fn` once it is over, with `ok` or the kind of what it failed with at the provider;
   * `cancelled` if it was ended from our side, for whatever reason.
   */
  onEnd(fn: (outcome: string) => void): void {
    if (this.#isOver) fn(this.#outcome);
    else this.#onEnd = fn;
  }

  /**
   * Takes the first message.
   *
   * @throws {@link RpcError} if it is an error: then there is no such stream.
   */
  begin(message: Uint8Array | undefined): void {
    this.#first = { body: this.#read(message) };
  }

  /**
   * The next response, or `undefined` at the end.
   *
   * @throws {@link RpcError} with how the call ended, or its loss; what it was aborted with.
   */
  async next(): Promise<{ readonly item: unknown } | undefined> {
    this.#throwIfAborted();
    const first = this.#first;
    this.#first = undefined;
    if (first === undefined && this.#isOver) return undefined;
    try {
      const body = first === undefined ? this.#read(await this.#stream.receive()) : first.body;
      if (body === undefined) return undefined;
      const response = this.#call.read(body);
      const item = isLate(response) ? await response : response;
      this.#throwIfAborted();
      return { item };
    } catch (error) {
      const own = isTransportError(error)
        ? lossError(error, this.#target)
        : unreadable(error, this.#target);
      // First the reset: what is not said yet must not look like all there is.
      this.#stream.reset(RESET_CANCELLED);
      this.#end(outcomeOf(own));
      this.#throwIfAborted();
      throw own;
    }
  }

  /** Ends the call from our side, also at the provider: {@link next} throws `reason`. */
  abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#aborted = { reason };
    this.#stream.reset(RESET_CANCELLED);
    this.#end(outcomeOf(reason), "cancelled");
  }

  #throwIfAborted(): void {
    if (this.#aborted !== undefined) throw this.#aborted.reason;
  }

  #read(message: Uint8Array | undefined): Uint8Array | undefined {
    const part = message && decodeAnswerPart(message);
    if (part === undefined) throw noAnswer(this.#target);
    if (part.type === "item") return part.body;
    const error = answeredError(part.header, this.#target);
    if (error !== undefined) throw error;
    this.#call.trailers = part.header.metadata;
    this.#end("ok");
    this.#stream.end();
    return undefined;
  }

  #end(recorded: string, outcome: string = recorded): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#outcome = outcome;
    this.#call.endAttempt(this.#record, recorded);
    this.#onEnd?.(outcome);
    this.#onEnd = undefined;
    this.#sending?.[Symbol.dispose]();
  }
}
