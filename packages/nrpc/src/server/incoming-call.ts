import type { NodeId } from "@selvage/core";
import { isTransportError, type MessageStream, type TransportError } from "@selvage/transport";

import { validate } from "../contract.ts";
import { ApplicationError, RpcError } from "../errors.ts";
import { encodeResponse } from "../frame.ts";
import { RESET_CANCELLED } from "../reset-codes.ts";
import { type RpcStatus, rpcStatus } from "../status.ts";
import type { CallHeader } from "../wire/call.gen.ts";
import type { CallContext } from "./handler.ts";
import type { RpcServerParts, ServedService } from "./served-service.ts";

const NO_BODY: Uint8Array = new Uint8Array();
/** What of an application's error message and code travels, in characters. */
const MAX_MESSAGE_LENGTH = 4_096;
const MAX_CODE_LENGTH = 256;

/** The beginning of a text; half a character, which no UTF-8 can carry, becomes a placeholder. */
const cut = (text: string, length: number): string =>
  text.slice(0, length).replace(/\p{Surrogate}/gu, "\ufffd");

/** What is sent back. */
interface Answer {
  readonly status: RpcStatus;
  readonly notStarted?: boolean;
  readonly message?: string;
  readonly code?: string;
  readonly body?: Uint8Array;
}

/** One call while its handler runs, and what the handler gets to know of it. */
export class IncomingCall implements CallContext {
  readonly #parts: RpcServerParts;
  readonly #service: ServedService;
  readonly #stream: MessageStream;
  readonly #header: CallHeader;
  /** A bound function: handlers take their context apart. */
  readonly remainingMs = (): number => Math.max(0, this.#deadlineAt - this.#parts.clock.now());
  /** On our clock; the time that our loop stood still counts against it. */
  readonly #deadlineAt: number;
  /** Made when a handler asks for its signal: many never do, and it is dear. */
  #abort: AbortController | undefined;
  #deadline: Disposable | undefined;
  #metadata: ReadonlyMap<string, string> | undefined;

  constructor(
    parts: RpcServerParts,
    service: ServedService,
    stream: MessageStream,
    header: CallHeader,
  ) {
    this.#parts = parts;
    this.#service = service;
    this.#stream = stream;
    this.#header = header;
    this.#deadlineAt =
      header.deadlineMs > 0
        ? parts.clock.now() + header.deadlineMs - stream.stallMs
        : Number.POSITIVE_INFINITY;
  }

  get service(): string {
    return this.#header.service;
  }

  get caller(): NodeId {
    return this.#stream.nodeId;
  }

  get metadata(): ReadonlyMap<string, string> {
    this.#metadata ??= new Map(this.#header.metadata.map(({ name, value }) => [name, value]));
    return this.#metadata;
  }

  get idempotencyKey(): string | undefined {
    return given(this.#header.idempotencyKey);
  }

  get traceparent(): string | undefined {
    return given(this.#header.traceparent);
  }

  get tracestate(): string | undefined {
    return given(this.#header.tracestate);
  }

  /** Runs the call from request body to answer. */
  async run(body: Uint8Array): Promise<void> {
    this.#service.inFlight++;
    try {
      this.#send(await this.#answer(body));
    } finally {
      this.#deadline?.[Symbol.dispose]();
      this.#service.inFlight--;
      if (this.#service.inFlight === 0) this.#service.onIdle?.();
    }
  }

  async #answer(body: Uint8Array): Promise<Answer> {
    const { contract } = this.#service;
    let request: unknown;
    try {
      request = this.#parts.codec.decode(body);
      if (contract.input !== undefined) {
        request = await validate(contract.input, request, "bad-request", contract.name);
      }
    } catch (error) {
      const message = error instanceof RpcError ? plain(error) : "the body cannot be decoded";
      return { status: "bad-request", notStarted: true, message };
    }
    let response: unknown;
    try {
      response = await this.#service.handler(request, this);
    } catch (error) {
      if (error instanceof ApplicationError) {
        return { status: "application", code: error.code, message: error.message };
      }
      this.#parts.logger.warn("a handler threw", { service: contract.name, error });
      return { status: "internal", message: "the handler threw" };
    }
    return this.#encode(response);
  }

  #encode(response: unknown): Answer {
    const { codec, maxBodyBytes, logger } = this.#parts;
    try {
      const body = codec.encode(response);
      if (body.length <= maxBodyBytes) return { status: "ok", body };
      const message = `the response has ${body.length} bytes, at most ${maxBodyBytes}`;
      return { status: "internal", message };
    } catch (error) {
      logger.warn("a response cannot be encoded", { service: this.#header.service, error });
      return { status: "internal", message: "the response cannot be encoded" };
    }
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const { clock } = this.#parts;
      const abort = new AbortController();
      this.#abort = abort;
      this.#stream.onFailure((error) => abort.abort(this.#reasonOf(error)));
      if (this.#deadlineAt !== Number.POSITIVE_INFINITY) {
        const left = Math.max(0, this.#deadlineAt - clock.now());
        this.#deadline = clock.setTimeout(() => this.#expire(abort), left).unref();
      }
    }
    return this.#abort.signal;
  }

  /** Why the caller no longer wants an answer, in the words of calls. */
  #reasonOf(error: TransportError): RpcError {
    const { service, caller } = this;
    const options = { cause: error, delivered: "maybe" } as const;
    if (error.kind === "stream-reset" && error.code === RESET_CANCELLED) {
      return new RpcError(
        "cancelled",
        `node ${caller} took its call of "${service}" back`,
        options,
      );
    }
    return new RpcError("unavailable", `node ${caller} was lost during "${service}"`, options);
  }

  #expire(abort: AbortController): void {
    const text = `the deadline of "${this.#header.service}" has passed`;
    abort.abort(new RpcError("timeout", text, { delivered: "maybe" }));
  }

  #send({ status, notStarted = false, message = "", code = "", body = NO_BODY }: Answer): void {
    const header = {
      status: rpcStatus[status].code,
      notStarted,
      message: cut(message, MAX_MESSAGE_LENGTH),
      code: cut(code, MAX_CODE_LENGTH),
      metadata: [],
    };
    try {
      this.#stream.end(encodeResponse(header, body));
    } catch (error) {
      if (!isTransportError(error, "message-too-large") || body === NO_BODY) throw error;
      this.#send({ status: "internal", message: "the response is larger than the caller takes" });
    }
  }
}

/** An empty string on the wire says that nothing was given. */
const given = (text: string): string | undefined => (text === "" ? undefined : text);

const plain = (error: RpcError): string => error.message.replace(/^\[[^\]]*\] /, "");
