import { type Clock, Emitter, type Listen, type Logger } from "@selvage/core";

import { hasRequestStream, hasResponseStream } from "../call-shape.ts";
import { RpcError } from "../errors.ts";
import { isIterable } from "../is-iterable.ts";
import type { CallTracer } from "../observability/call-tracer.ts";
import type { Directory } from "../selection/directory.ts";
import { isLate, validate } from "../validation.ts";
import {
  amongOthers,
  type BodyFormat,
  encodeRequest,
  readResponse,
  writeRequest,
} from "./bodies.ts";
import type { CallEvent, CallStart } from "./call-event.ts";
import type { CallOptions } from "./call-options.ts";
import { toTrailers } from "./loss.ts";
import { OutgoingCall } from "./outgoing-call.ts";
import type { ReplyStream } from "./reply-stream.ts";
import type { Reply, SingleReply } from "./reply.ts";
import { RequestStream } from "./request-stream.ts";
import { withSchemaNote } from "./schema-note.ts";
import { StreamedCall } from "./streamed-call.ts";

/** What running calls takes. */
export interface CallRunnerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly directory: Directory;
  readonly tracer?: CallTracer | undefined;
}

/** One call to be made, and how. */
export interface Order<Options extends CallOptions> {
  readonly format: BodyFormat;
  readonly request: unknown;
  readonly options: Options;
  /** Lets go of the call that this one is made for. */
  readonly release: (() => void) | undefined;
  readonly send: (call: OutgoingCall, options: Options) => Promise<Reply>;
}

/** Takes calls from what the caller gives to what it gets, whatever their shape, and tells of them. */
export class CallRunner implements Disposable {
  readonly #parts: CallRunnerParts;
  readonly #starts: Emitter<CallStart>;
  readonly #events: Emitter<CallEvent>;
  /** Calls under way: their ends are told, even after the client was closed. */
  #underWay = 0;
  #isClosed = false;

  constructor(parts: CallRunnerParts) {
    const reportError = (error: unknown): void => parts.logger.error("a listener threw", { error });
    this.#parts = parts;
    this.#starts = new Emitter(reportError);
    this.#events = new Emitter(reportError);
  }

  get onCallStart(): Listen<CallStart> {
    return this.#starts.on;
  }

  get onCall(): Listen<CallEvent> {
    return this.#events.on;
  }

  get inFlight(): number {
    return this.#underWay;
  }

  /** A promise of the response, or the responses to be iterated. */
  run<Options extends CallOptions>(order: Order<Options>): unknown {
    return hasResponseStream(order.format.contract) ? this.#stream(order) : this.#single(order);
  }

  /** Whatever is to be run from now on fails as `closed`; what is under way is still told of. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#starts.clear();
    if (this.#underWay === 0) this.#events.clear();
  }

  /** A call with one response. */
  async #single<Options extends CallOptions>(order: Order<Options>): Promise<unknown> {
    const { format, options, release, send } = order;
    const { contract } = format;
    const call = this.#begin(order);
    try {
      this.#assertOpen(options);
      if (hasRequestStream(contract)) this.#setRequests(call, order);
      else {
        const { input, name } = contract;
        const valid = input && validate(input, order.request, "bad-request", name);
        if (isLate(valid)) await valid;
        call.body = encodeRequest(format, order.request);
        call.countRequest(call.body);
      }
      const { response } = (await send(call, options)) as SingleReply;
      tellTrailers(call, options);
      this.#ended(call, release);
      return response;
    } catch (thrown) {
      const error = withSchemaNote(thrown, contract, this.#parts.directory, call.provider);
      this.#ended(call, release, { error });
      throw error;
    }
  }

  /** A call with any number of responses. */
  #stream<Options extends CallOptions>(order: Order<Options>): AsyncIterable<unknown> {
    const { format, options, release, send } = order;
    const { clock } = this.#parts;
    const call = this.#begin(order);
    const { responses } = new StreamedCall({
      clock,
      call,
      signal: options.signal,
      open: async (signal) => {
        this.#assertOpen({ signal });
        if (hasRequestStream(format.contract)) this.#setRequests(call, order);
        else {
          call.body = await writeRequest(format, order.request);
          call.countRequest(call.body);
        }
        return (await send(call, { ...options, signal })) as ReplyStream;
      },
      explain: (error) =>
        withSchemaNote(error, format.contract, this.#parts.directory, call.provider),
      ended: (failure) => {
        let told = failure;
        try {
          if (failure === undefined) tellTrailers(call, options);
        } catch (error) {
          told = { error };
          throw error;
        } finally {
          this.#ended(call, release, told);
        }
      },
    });
    return responses;
  }

  #assertOpen({ signal }: CallOptions): void {
    if (this.#isClosed) throw new RpcError("closed", "the node was closed");
    signal?.throwIfAborted();
  }

  #setRequests(
    call: OutgoingCall,
    { format, request }: Pick<Order<never>, "format" | "request">,
  ): void {
    if (!isIterable(request)) {
      const { name, shape } = format.contract;
      throw new TypeError(
        `"${name}" is ${shape}: its requests must be iterable, got ${typeof request}`,
      );
    }
    call.requests = new RequestStream(request, async (item) => {
      try {
        const body = await writeRequest(format, item);
        call.countRequest(body);
        return body;
      } catch (error) {
        throw amongOthers(error);
      }
    });
  }

  /** @throws RangeError for an option out of its range; RpcError for a key that cannot be sent. */
  #begin<Options extends CallOptions>({ format, options, release }: Order<Options>): OutgoingCall {
    const { clock, tracer } = this.#parts;
    let call: OutgoingCall;
    try {
      call = new OutgoingCall(clock, format.contract, format.codec, options);
    } catch (error) {
      release?.();
      throw error;
    }
    call.read = (body) => {
      call.countResponse(body);
      return readResponse(format, body);
    };
    this.#underWay++;
    call.span = tracer?.startCall(call, call.trace);
    if (this.#starts.size > 0) this.#starts.emit(call);
    return call;
  }

  #ended(
    call: OutgoingCall,
    release: (() => void) | undefined,
    failure?: { readonly error: unknown },
  ): void {
    call.requests.close();
    release?.();
    this.#underWay--;
    if (this.#events.size > 0 || call.span !== undefined) {
      const event = call.event(failure);
      call.span?.end(event);
      this.#events.emit(event);
    }
    if (this.#isClosed && this.#underWay === 0) this.#events.clear();
  }
}

function tellTrailers({ trailers }: OutgoingCall, { onTrailers }: CallOptions): void {
  onTrailers?.(toTrailers(trailers));
}
