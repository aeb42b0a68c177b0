import { isCapabilityError } from "@selvage/capability-index";
import { copyBytes } from "@selvage/core";
import { isTransportError, type MessageStream } from "@selvage/transport";

import { hasRequestStream, hasResponseStream } from "../call-shape.ts";
import { MAX_IDEMPOTENCY_KEY_LENGTH } from "../defaults.ts";
import { ApplicationError, isRpcError, RpcError } from "../errors.ts";
import { decodeResponse } from "../frame.ts";
import { isIterable } from "../is-iterable.ts";
import { ServedCallRecord } from "../observability/served-call-record.ts";
import type { ServedCallObservers } from "../observability/served-call.ts";
import { statusOfCode } from "../status.ts";
import { isLate, validate } from "../validation.ts";
import {
  type Answer,
  discardRest,
  MAX_DETAILS_BYTES,
  sendAnswer,
  sendItem,
  sendOnly,
  TOO_LARGE,
} from "./answering.ts";
import { IncomingContext, isTakenBack } from "./call-context.ts";
import { incomingRequests, type Receive, receiveInTurn } from "./incoming-requests.ts";
import type { KeyedCalls } from "./keyed-calls.ts";
import { type Arrival, draining, expired, refusal } from "./refusal.ts";
import type { RpcServerParts, ServedService } from "./served-service.ts";
import { fittingTrailers } from "./trailers.ts";
import { whileWanted } from "./while-wanted.ts";

/** What runs incoming calls. */
export interface IncomingCallParts extends RpcServerParts {
  readonly keyedCalls: KeyedCalls;
  readonly observers: ServedCallObservers;
}

/** One call from its first message to its answer. */
export class IncomingCall {
  readonly #parts: IncomingCallParts;
  readonly #service: ServedService;
  readonly #stream: MessageStream;
  readonly #context: IncomingContext;
  readonly #record: ServedCallRecord;
  /** Takes requests, once a handler may do so. */
  #receive: Receive | undefined;
  /** What is wrong with a later request. */
  #refusal: unknown;

  constructor(parts: IncomingCallParts, service: ServedService, arrival: Arrival) {
    this.#parts = parts;
    this.#service = service;
    this.#stream = arrival.stream;
    this.#context = new IncomingContext(parts, arrival, service.contract);
    const { shape } = service.contract;
    this.#record = new ServedCallRecord(parts.observers, parts.clock, this.#context, shape);
  }

  /** Runs the call; `body` is the request of shapes that have one. */
  async run(body: Uint8Array): Promise<void> {
    this.#service.pending++;
    try {
      await (this.#context.isReplayable ? this.#replay(body) : this.#runOnce(body));
    } catch (error) {
      this.#record.lost(error);
      throw error;
    } finally {
      this.#context.end();
      this.#service.pending--;
      if (this.#service.pending === 0) this.#service.onIdle?.();
    }
  }

  async #runOnce(body: Uint8Array): Promise<void> {
    const { contract } = this.#service;
    const answer = await this.#serve(body);
    if (answer === undefined) this.#record.end("cancelled");
    else {
      const status = sendAnswer(this.#stream, answer, hasResponseStream(contract));
      if (status === "ok" && answer.body !== undefined) this.#record.countResponse(answer.body);
      this.#record.end(status);
    }
    if (hasRequestStream(contract)) {
      void discardRest(this.#stream, this.#parts.clock, this.#receive);
    }
  }

  /** Answers a call whose repeats are recognised. */
  async #replay(body: Uint8Array): Promise<void> {
    const { service, idempotencyKey = "", remainingMs } = this.#context;
    if (idempotencyKey.length > MAX_IDEMPOTENCY_KEY_LENGTH) {
      const text = `an idempotency key has at most ${MAX_IDEMPOTENCY_KEY_LENGTH} characters`;
      this.#record.end(sendAnswer(this.#stream, refusal("bad-request", text), false));
      return;
    }
    const message = await this.#parts.keyedCalls.answer({
      stream: this.#stream,
      clock: this.#parts.clock,
      remainingMs,
      service,
      key: idempotencyKey,
      body,
      run: () => this.#serveClaimed(body),
    });
    if (message === undefined) {
      this.#record.end("cancelled");
      return;
    }
    // What is stored must not become the stream's own.
    const isSent = sendOnly(this.#stream, copyBytes(message));
    const { header, body: response } = decodeResponse(message) ?? {};
    const status = isSent && header ? statusOfCode(header.status) : TOO_LARGE.status;
    if (status === "ok" && response !== undefined) this.#record.countResponse(response);
    this.#record.end(status);
  }

  /** Serves a call whose key is new, unless nobody wants that any more: stores may take their time. */
  async #serveClaimed(body: Uint8Array): Promise<Answer> {
    let isUnwanted = false;
    this.#stream.onFailure((error) => (isUnwanted = isTakenBack(error)));
    if (isUnwanted) return GONE;
    if (this.#context.remainingMs() <= 0) return expired(this.#service.contract.name);
    return (await this.#serve(body)) ?? GONE;
  }

  /** Answers the call as soon as there is a slot; `undefined` if nobody waits for it any more. */
  async #serve(body: Uint8Array): Promise<Answer | undefined> {
    const { slots, draining: isDraining, contract } = this.#service;
    if (isDraining) return draining(contract.name);
    if (!slots.take()) {
      const queued = await this.#queue();
      if (queued !== "turn") return queued;
    }
    try {
      return await this.#answer(body);
    } finally {
      slots.release();
    }
  }

  /** Waits for a slot; resolves with `turn`, or the answer if there is none. */
  async #queue(): Promise<Answer | "turn" | undefined> {
    const { slots, contract } = this.#service;
    const { name } = contract;
    const place = slots.queue();
    if (place === undefined) {
      const waiting = slots.waiting > 0 ? `, and ${slots.waiting} wait` : "";
      return refusal("backpressure", `"${name}" runs ${slots.taken} calls, its limit${waiting}`);
    }
    const outcome = await this.#whileWanted(place.turn);
    if (outcome === "draining") return draining(name);
    if (outcome === "turn" && this.#context.remainingMs() > 0) return outcome;
    place.leave();
    if (outcome === "gone") return undefined;
    return refusal("timeout", `"${name}" had no room for the call before its deadline`);
  }

  #whileWanted<T>(work: Promise<T>): Promise<T | "timeout" | "gone"> {
    const { remainingMs } = this.#context;
    return whileWanted({ stream: this.#stream, clock: this.#parts.clock, remainingMs }, work);
  }

  async #answer(body: Uint8Array): Promise<Answer | undefined> {
    const { contract } = this.#service;
    let request: unknown;
    if (hasRequestStream(contract)) {
      this.#receive = receiveInTurn(this.#stream);
      request = incomingRequests(this.#stream, this.#receive, (item) => this.#readLater(item));
    } else {
      try {
        request = this.#read(body);
        this.#record.countRequest(body);
        request = this.#validate(request);
        if (isLate(request)) {
          const late = await this.#whileWanted(request.then((value: unknown) => ({ value })));
          if (late === "gone") return undefined;
          if (late === "timeout") return expired(contract.name);
          request = late.value;
        }
      } catch (error) {
        const refused = asRefused(error);
        return refused === undefined ? this.#unread(error) : refusal(refused, plain(error));
      }
    }
    const answer = await this.#run(request);
    const trailers = this.#context.sentTrailers;
    return trailers === undefined ? answer : { ...answer, trailers: this.#fitting(trailers) };
  }

  #fitting(trailers: ReadonlyMap<string, string>): Answer["trailers"] {
    const { entries, dropped } = fittingTrailers(trailers);
    if (dropped > 0) {
      const { name } = this.#service.contract;
      this.#parts.logger.warn("trailers do not fit, and were dropped", { service: name, dropped });
    }
    return entries;
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

  /** Takes responses as fast as the caller reads them; an `async` function may give them, too. */
  async #sendAll(answered: unknown): Promise<void> {
    const responses = await answered;
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
    if (error instanceof Unsendable) return { status: error.status, message: error.message };
    if (isTransportError(error, "message-too-large")) return TOO_LARGE;
    // That of a call which the handler made is the handler's mistake, and not our caller's.
    const own = error === this.#refusal ? asRefused(error) : undefined;
    const refused = isCapabilityError(error, "bad-predicate") ? "bad-request" : own;
    if (refused !== undefined) return { status: refused, message: plain(error) };
    const aborted = this.#context.abortedAs(error);
    if (aborted !== undefined) return { status: aborted, message: "the handler was told to stop" };
    if (isLossOfCaller(error)) logger.debug("a handler lost its caller", { service: name, error });
    else logger.warn("a handler threw", { service: name, error });
    return { status: "internal", message: "the handler threw" };
  }

  #details(details: unknown): Pick<Answer, "details"> {
    if (details === undefined) return {};
    const { logger } = this.#parts;
    const { name } = this.#service.contract;
    try {
      const encoded = this.#codec.encode(details);
      const { length: bytes } = encoded;
      if (bytes <= MAX_DETAILS_BYTES) return { details: encoded };
      const limit = MAX_DETAILS_BYTES;
      logger.warn("details of an error are too large, and were dropped", {
        service: name,
        bytes,
        limit,
      });
    } catch (error) {
      logger.warn("details of an error cannot be encoded", { service: name, error });
    }
    return {};
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
      throw new Unsendable("internal", "the response cannot be encoded");
    }
    if (body.length <= maxBodyBytes) return body;
    const text = `the response has ${body.length} bytes, at most ${maxBodyBytes}`;
    throw new Unsendable("message-too-large", text);
  }

  /** A request out of its bytes; @throws RpcError `bad-request` or `message-too-large`. */
  #read(body: Uint8Array): unknown {
    const { maxBodyBytes } = this.#parts;
    if (body.length > maxBodyBytes) {
      const text = `the request has ${body.length} bytes, at most ${maxBodyBytes}`;
      throw new RpcError("message-too-large", text);
    }
    try {
      return this.#codec.decode(body);
    } catch (cause) {
      throw new RpcError("bad-request", "the body cannot be decoded", { cause });
    }
  }

  /** What a schema throws, and does not say of the request, is kept back as handlers' errors are. */
  #unread(error: unknown): Answer {
    this.#parts.logger.warn("a schema threw", { service: this.#service.contract.name, error });
    return refusal("internal", "the request could not be validated");
  }

  #validate(request: unknown): unknown {
    const { input, name } = this.#service.contract;
    return input === undefined ? request : validate(input, request, "bad-request", name);
  }

  async #readLater(body: Uint8Array): Promise<unknown> {
    this.#record.countRequest(body);
    try {
      return await this.#validate(this.#read(body));
    } catch (error) {
      this.#refusal = error;
      throw error;
    }
  }
}

/** A response that cannot be sent; the message is for the caller. */
class Unsendable extends Error {
  readonly status: "internal" | "message-too-large";

  constructor(status: Unsendable["status"], message: string) {
    super(message);
    this.status = status;
  }
}

/** The caller of a call with a key left before the handler started. */
const GONE: Answer = refusal("cancelled", "the caller left before it was its turn");

/** The status of a request that cannot be taken. */
function asRefused(error: unknown): "bad-request" | "message-too-large" | undefined {
  if (isRpcError(error, "bad-request")) return "bad-request";
  return isRpcError(error, "message-too-large") ? "message-too-large" : undefined;
}

/** The handler ended for want of its caller: that is no fault of it. */
const isLossOfCaller = (error: unknown): boolean =>
  isTransportError(error) ||
  (isRpcError(error, "unavailable") &&
    error.provider === undefined &&
    isTransportError(error.cause));

/** What an error says, without its kind. */
const plain = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/^\[[^\]]*\] /, "") : String(error);
