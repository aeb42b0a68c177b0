import { type Clock, type LinkedSignal, linkSignals, onAbort } from "@selvage/core";

import { RpcError } from "../errors.ts";
import { type ItemSource, SingleConsumer } from "../single-consumer.ts";
import type { OutgoingCall } from "./outgoing-call.ts";
import type { ReplyStream } from "./reply-stream.ts";

/** What a {@link StreamedCall} works with. */
export interface StreamedCallParts {
  readonly clock: Clock;
  readonly call: OutgoingCall;
  readonly signal: AbortSignal | undefined;
  /** Makes the call, until `signal` says otherwise; resolves with its answer's beginning. */
  open(signal: AbortSignal): Promise<ReplyStream>;
  /** The error that the caller is to get. */
  explain(error: unknown): unknown;
  /** The call is over; called once. */
  ended(failure: { readonly error: unknown } | undefined): void;
}

/**
 * A call that is answered by any number of responses. It is under way from its making. Leaving the
 * loop cancels it, and so do the signal and the deadline, whether or not anybody reads.
 */
export class StreamedCall implements ItemSource<unknown> {
  /** What the caller gets. */
  readonly responses: AsyncIterable<unknown> = new SingleConsumer("responses of a call", this);
  readonly #parts: StreamedCallParts;
  /** Aborts when nobody wants the call any more. */
  readonly #unwanted: LinkedSignal;
  readonly #opening: Promise<ReplyStream>;
  readonly #watches: Disposable[] = [];
  #reply: ReplyStream | undefined;
  /** How it failed; what is told of it must not differ from what its reader sees. */
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;

  constructor(parts: StreamedCallParts) {
    this.#parts = parts;
    this.#unwanted = linkSignals(parts.signal);
    this.#opening = this.#open();
    // Whoever reads sees it; if nobody does, it is told in the call's event.
    this.#opening.catch((error: unknown) => this.#end({ error }));
  }

  async next(): Promise<{ readonly item: unknown } | undefined> {
    try {
      const reply = await this.#opening;
      if (this.#failure !== undefined) throw this.#failure.error;
      const next = await reply.next();
      if (next !== undefined) return next;
      this.#end(undefined);
      return undefined;
    } catch (thrown) {
      const error = this.#parts.explain(thrown);
      this.#cancel(error);
      throw error;
    }
  }

  leave(): void {
    if (this.#isOver) return;
    const text = `the caller left the responses of "${this.#parts.call.service}"`;
    this.#cancel(new RpcError("cancelled", text, { delivered: "maybe" }));
  }

  async #open(): Promise<ReplyStream> {
    const { call, clock, open } = this.#parts;
    const { signal } = this.#unwanted;
    const reply = await open(signal);
    this.#reply = reply;
    if (this.#isOver) {
      reply.abort(new RpcError("cancelled", `"${call.service}" was cancelled`));
      return reply;
    }
    // Until now both bounded the attempts.
    this.#watches.push(onAbort(signal, (reason) => this.#cancel(reason)));
    if (Number.isFinite(call.deadlineMs)) {
      const left = Math.max(0, call.remainingMs());
      this.#watches.push(clock.setTimeout(() => this.#cancel(this.#timeout(reply)), left));
    }
    return reply;
  }

  #timeout({ provider }: ReplyStream): RpcError {
    const { service, deadlineMs } = this.#parts.call;
    const text = `"${service}" was not answered in full within ${deadlineMs} ms`;
    return new RpcError("timeout", text, { delivered: "maybe", provider });
  }

  #cancel(error: unknown): void {
    if (this.#isOver) return;
    this.#reply?.abort(error);
    this.#unwanted.abort(error);
    this.#end({ error });
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    this.#unwanted[Symbol.dispose]();
    for (const watch of this.#watches) watch[Symbol.dispose]();
    this.#parts.ended(failure);
  }
}
