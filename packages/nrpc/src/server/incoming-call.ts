import { isCapabilityError } from "@selvage/capability-index";
import type { MessageStream } from "@selvage/transport";

import { hasRequestStream, hasResponseStream } from "../call-shape.ts";
import { ApplicationError, isRpcError, RpcError } from "../errors.ts";
import { ServedCallRecord } from "../observability/served-call-record.ts";
import type { ServedCallObservers } from "../observability/served-call.ts";
import { RESET_UNREAD } from "../reset-codes.ts";
import { validate } from "../validation.ts";
import type { CallHeader } from "../wire/call.gen.ts";
import { type Answer, sendAnswer, sendItem, UNREAD_MS } from "./answering.ts";
import { IncomingContext } from "./call-context.ts";
import { incomingRequests } from "./incoming-requests.ts";
import type { RpcServerParts, ServedService } from "./served-service.ts";

/** One call from its first message to its answer. */
export class IncomingCall {
  readonly #parts: RpcServerParts;
  readonly #service: ServedService;
  readonly #stream: MessageStream;
  readonly #context: IncomingContext;
  readonly #record: ServedCallRecord;

  constructor(
    parts: RpcServerParts,
    service: ServedService,
    stream: MessageStream,
    header: CallHeader,
    observers: ServedCallObservers,
  ) {
    this.#parts = parts;
    this.#service = service;
    this.#stream = stream;
    this.#context = new IncomingContext(parts, stream, header);
    const { shape } = service.contract;
    this.#record = new ServedCallRecord(observers, parts.clock, this.#context, shape);
  }

  /** Runs the call; `body` is the request of shapes that have one. */
  async run(body: Uint8Array): Promise<void> {
    const { contract } = this.#service;
    this.#service.inFlight++;
    try {
      const answer = await this.#answer(body);
      const status = sendAnswer(this.#stream, answer, hasResponseStream(contract));
      if (status === "ok" && answer.body !== undefined) this.#record.countResponse(answer.body);
      this.#record.end(status);
      if (hasRequestStream(contract)) void this.#discardRest();
    } catch (error) {
      this.#record.lost(error);
      throw error;
    } finally {
      this.#context.end();
      this.#service.inFlight--;
      if (this.#service.inFlight === 0) this.#service.onIdle?.();
    }
  }

  async #answer(body: Uint8Array): Promise<Answer> {
    const { contract } = this.#service;
    let request: unknown;
    if (hasRequestStream(contract)) {
      request = incomingRequests(this.#stream, (item) => this.#readLater(item));
    } else {
      try {
        request = this.#read(body);
        this.#record.countRequest(body);
        if (contract.input !== undefined) request = await this.#validate(request);
      } catch (error) {
        return { status: "bad-request", notStarted: true, message: plain(error) };
      }
    }
    const answer = await this.#run(request);
    const trailers = this.#context.sentTrailers;
    return trailers === undefined ? answer : { ...answer, trailers };
  }

  async #run(request: unknown): Promise<Answer> {
    const { contract, handler } = this.#service;
    const context = this.#context;
    this.#record.start();
    try {
      const answered = this.#within(() => handler(request, context));
      if (!hasResponseStream(contract)) return { status: "ok", body: this.#encode(await answered) };
      await this.#within(() => this.#sendAll(answered));
      return { status: "ok" };
    } catch (error) {
      return this.#failure(error);
    }
  }

  /** Runs a part of the handler where it can be asked for its call. */
  #within<T>(fn: () => T): T {
    const { ambient } = this.#parts;
    const { span } = this.#record;
    const run = ambient === undefined ? fn : (): T => ambient.run(this.#context, fn);
    return span === undefined ? run() : span.run(run);
  }

  /** Takes responses as fast as the caller reads them. */
  async #sendAll(responses: unknown): Promise<void> {
    if (!isIterable(responses)) {
      throw new TypeError(`the handler must give an iterable, not ${typeof responses}`);
    }
    for await (const response of responses) {
      const body = this.#encode(response);
      await this.#record.sending(body, sendItem(this.#stream, body));
    }
  }

  #failure(error: unknown): Answer {
    const { logger } = this.#parts;
    const { name } = this.#service.contract;
    if (error instanceof ApplicationError) {
      const { code, message, details } = error;
      return { status: "application", code, message, ...this.#details(details) };
    }
    if (error instanceof Unsendable) return { status: "internal", message: error.message };
    if (isRpcError(error, "bad-request") || isCapabilityError(error, "bad-predicate")) {
      return { status: "bad-request", message: plain(error) };
    }
    logger.warn("a handler threw", { service: name, error });
    return { status: "internal", message: "the handler threw" };
  }

  #details(details: unknown): Pick<Answer, "details"> {
    if (details === undefined) return {};
    try {
      return { details: this.#codec.encode(details) };
    } catch (error) {
      const { name } = this.#service.contract;
      this.#parts.logger.warn("details of an error cannot be encoded", { service: name, error });
      return {};
    }
  }

  get #codec(): RpcServerParts["codec"] {
    return this.#service.contract.codec ?? this.#parts.codec;
  }

  #encode(response: unknown): Uint8Array {
    const { maxBodyBytes, logger } = this.#parts;
    let body: Uint8Array;
    try {
      body = this.#codec.encode(response);
    } catch (error) {
      const { name } = this.#service.contract;
      logger.warn("a response cannot be encoded", { service: name, error });
      throw new Unsendable("the response cannot be encoded");
    }
    if (body.length <= maxBodyBytes) return body;
    throw new Unsendable(`the response has ${body.length} bytes, at most ${maxBodyBytes}`);
  }

  /** A request out of its bytes; @throws RpcError with kind `bad-request`. */
  #read(body: Uint8Array): unknown {
    try {
      return this.#codec.decode(body);
    } catch (cause) {
      throw new RpcError("bad-request", "the body cannot be decoded", { cause });
    }
  }

  #validate(request: unknown): Promise<unknown> {
    const { input, name } = this.#service.contract;
    return validate(input, request, "bad-request", name);
  }

  async #readLater(body: Uint8Array): Promise<unknown> {
    this.#record.countRequest(body);
    const request = this.#read(body);
    return this.#service.contract.input === undefined ? request : await this.#validate(request);
  }

  /** The caller has its answer; what it goes on saying is of no interest, but it must not hang. */
  async #discardRest(): Promise<void> {
    const tooLong = this.#parts.clock
      .setTimeout(() => this.#stream.reset(RESET_UNREAD), UNREAD_MS)
      .unref();
    try {
      while ((await this.#stream.receive()) !== undefined);
    } catch {
      // Lost or taken back: it is over either way.
    } finally {
      tooLong[Symbol.dispose]();
    }
  }
}

/** A response that cannot be sent; the message is for the caller. */
class Unsendable extends Error {}

function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

/** What an error says, without its kind. */
const plain = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/^\[[^\]]*\] /, "") : String(error);
