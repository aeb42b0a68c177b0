import {
  checkProperties,
  type Clock,
  Emitter,
  type Listen,
  type Logger,
  type NodeId,
  type Random,
} from "@selvage/core";
import type { Peer, Transport } from "@selvage/transport";

import { checkBodyLimit } from "../body-limit.ts";
import { hasRequestStream, hasResponseStream } from "../call-shape.ts";
import type { RpcClientStats } from "../client-stats.ts";
import type { Codec } from "../codec.ts";
import { type AnyContract, type CallInput, type CallOutput, contractOf } from "../contract.ts";
import { RpcError } from "../errors.ts";
import { isIterable } from "../is-iterable.ts";
import type { CallTracer } from "../observability/call-tracer.ts";
import type { Directory } from "../selection/directory.ts";
import type { CallContext } from "../server/handler.ts";
import { isLate, validate } from "../validation.ts";
import {
  amongOthers,
  type BodyFormat,
  decodeResponse,
  encodeRequest,
  readResponse,
  writeRequest,
} from "./bodies.ts";
import type { CallEvent, CallStart } from "./call-event.ts";
import { type CallOptions, SERVICE_CALL_OPTIONS, type ServiceCallOptions } from "./call-options.ts";
import { Failover } from "./failover.ts";
import { inherit } from "./inheritance.ts";
import { toTrailers } from "./loss.ts";
import { OutgoingCall } from "./outgoing-call.ts";
import type { ReplyStream } from "./reply-stream.ts";
import type { Reply } from "./reply.ts";
import { RequestStream } from "./request-stream.ts";
import { withSchemaNote } from "./schema-note.ts";
import { StreamedCall } from "./streamed-call.ts";

/** What a client is made of. */
export interface RpcClientParts {
  readonly transport: Transport;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly codec: Codec;
  /** The largest request body, in bytes; at most what the transport's messages carry. */
  readonly maxBodyBytes: number;
  /** Dialable addresses of a node, for calls by node id; `undefined` if it is not known. */
  readonly addressesOf: (nodeId: NodeId) => readonly string[] | undefined;
  /** The call being served where code runs, if the node keeps track of that; default: it does not. */
  readonly ambient?: { getStore(): CallContext | undefined } | undefined;
  /** Makes spans of calls. Default: a call made for another one is in the same trace, no more. */
  readonly tracer?: CallTracer | undefined;
}

/** Calls one service. */
export type ServiceClient<C extends AnyContract> = (
  request: CallInput<C>,
  options?: ServiceCallOptions,
) => CallOutput<C>;

/** One call to be made. */
interface Order<Options extends CallOptions> {
  readonly format: BodyFormat;
  readonly request: unknown;
  readonly options: Options;
  /** Lets go of the call that this one is made for. */
  readonly release: (() => void) | undefined;
  readonly send: (call: OutgoingCall, options: Options) => Promise<Reply>;
}

/** Makes calls, by service name or to one node. */
export class RpcClient implements Disposable {
  readonly #parts: RpcClientParts;
  readonly #failover: Failover;
  readonly #starts: Emitter<CallStart>;
  readonly #events: Emitter<CallEvent>;
  /** Calls under way: their ends are told, even if the client is closed by then. */
  #underWay = 0;
  #isClosed = false;

  constructor(parts: RpcClientParts) {
    const reportError = (error: unknown): void => parts.logger.error("a listener threw", { error });
    checkBodyLimit(parts.maxBodyBytes, parts.transport);
    this.#parts = parts;
    this.#starts = new Emitter(reportError);
    this.#events = new Emitter(reportError);
    this.#failover = new Failover(parts);
  }

  /** Fires when a call begins; each that does is told by {@link onCall} at its end. */
  get onCallStart(): Listen<CallStart> {
    return this.#starts.on;
  }

  /** One event per call, at its end. */
  get onCall(): Listen<CallEvent> {
    return this.#events.on;
  }

  /**
   * Calls a service on whichever provider serves it best, and moves on when that one is lost: until
   * its first response came, or more than 256 KiB of a request stream were sent. A bare name stands
   * for a unary contract without schemas, in version 1.0.
   *
   * @throws {@link RpcError}; the signal's reason when it aborted; what a request stream throws, as
   * it is. Of calls with a response stream, reading throws.
   */
  callService<C extends AnyContract>(
    service: C,
    request: CallInput<C>,
    options?: ServiceCallOptions,
  ): CallOutput<C>;
  callService(service: string, request: unknown, options?: ServiceCallOptions): Promise<unknown>;
  callService(
    service: AnyContract | string,
    request: unknown,
    options: ServiceCallOptions = {},
  ): unknown {
    const contract = contractOf(service);
    return this.#call(contract, request, options, (call, given) =>
      this.#failover.run(call, contract, given),
    );
  }

  /**
   * Calls a service on one node, which it never leaves: if that node is lost, so is the call. That
   * may be this node itself.
   *
   * @throws as {@link callService}.
   */
  callNode<C extends AnyContract>(
    nodeId: NodeId,
    service: C,
    request: CallInput<C>,
    options?: CallOptions,
  ): CallOutput<C>;
  callNode(
    nodeId: NodeId,
    service: string,
    request: unknown,
    options?: CallOptions,
  ): Promise<unknown>;
  callNode(
    nodeId: NodeId,
    service: AnyContract | string,
    request: unknown,
    options: CallOptions = {},
  ): unknown {
    return this.#call(contractOf(service), request, options, (call, { signal }) =>
      this.#callPinned(nodeId, call, signal),
    );
  }

  /**
   * A function that calls a service by name, with these options unless others are given.
   *
   * @throws TypeError for an option that there is not.
   */
  client<C extends AnyContract>(contract: C, defaults: ServiceCallOptions = {}): ServiceClient<C> {
    checkProperties("defaults", defaults, SERVICE_CALL_OPTIONS);
    return (request, options) =>
      this.callService<C>(contract, request, { ...defaults, ...options });
  }

  /** What is under way, and what is known of providers. */
  stats(): RpcClientStats {
    return { inFlight: this.#underWay, ...this.#failover.stats() };
  }

  /** Whatever is called from now on fails as `closed`; what is under way is still told of. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#failover[Symbol.dispose]();
    this.#starts.clear();
    if (this.#underWay === 0) this.#events.clear();
  }

  #call<Options extends CallOptions>(
    contract: AnyContract,
    request: unknown,
    options: Options,
    send: Order<Options>["send"],
  ): unknown {
    const { ambient, codec, maxBodyBytes, random, tracer } = this.#parts;
    const parent =
      (options.parent === undefined ? ambient?.getStore() : options.parent) ?? undefined;
    const inheritance =
      parent && inherit(options, parent, tracer === undefined ? random : undefined);
    const order: Order<Options> = {
      format: { contract, codec: contract.codec ?? codec, maxBodyBytes },
      request,
      options: inheritance?.options ?? options,
      release: inheritance && (() => inheritance[Symbol.dispose]()),
      send,
    };
    return hasResponseStream(contract) ? this.#stream(order) : this.#single(order);
  }

  /** A call with one response. */
  async #single<Options extends CallOptions>(order: Order<Options>): Promise<unknown> {
    const { format, options, release, send } = order;
    const { contract, codec } = format;
    const call = new OutgoingCall(this.#parts.clock, contract, codec, options);
    this.#begun(call);
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
      const body = (await send(call, options)) as Uint8Array;
      call.countResponse(body);
      let response = decodeResponse(format, body);
      if (contract.output !== undefined) {
        response = validate(contract.output, response, "bad-response", contract.name);
        if (isLate(response)) response = await response;
      }
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
    const call = new OutgoingCall(clock, format.contract, format.codec, options);
    this.#begun(call);
    const { responses } = new StreamedCall({
      clock,
      call,
      signal: options.signal,
      open: async () => {
        this.#assertOpen(options);
        if (hasRequestStream(format.contract)) this.#setRequests(call, order);
        else {
          call.body = await writeRequest(format, order.request);
          call.countRequest(call.body);
        }
        return (await send(call, options)) as ReplyStream;
      },
      read: (body) => {
        call.countResponse(body);
        return readResponse(format, body);
      },
      explain: (error) =>
        withSchemaNote(error, format.contract, this.#parts.directory, call.provider),
      ended: (failure) => {
        if (failure === undefined) tellTrailers(call, options);
        this.#ended(call, release, failure);
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

  #begun(call: OutgoingCall): void {
    this.#underWay++;
    call.span = this.#parts.tracer?.startCall(call, call.trace);
    if (this.#starts.size > 0) this.#starts.emit(call);
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

  async #callPinned(
    nodeId: NodeId,
    call: OutgoingCall,
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    const known = this.#parts.transport.peer(nodeId);
    const peer = known ?? (await this.#reach(nodeId, call, signal));
    if (call.remainingMs() <= 0) throw unreached(nodeId, call);
    return await this.#failover.attempts.run(peer, call, {
      signal,
      timeoutMs: Number.POSITIVE_INFINITY,
      action: "first",
      alternatives: undefined,
    });
  }

  async #reach(nodeId: NodeId, call: OutgoingCall, signal: AbortSignal | undefined): Promise<Peer> {
    const { transport, addressesOf } = this.#parts;
    const addresses = addressesOf(nodeId);
    // A node without addresses may still be reached through others.
    for (const address of addresses?.length === 0 ? [undefined] : (addresses ?? [])) {
      const timeoutMs = call.remainingMs();
      if (timeoutMs <= 0) break;
      try {
        return await transport.connect({ address, nodeId }, { signal, timeoutMs });
      } catch {
        signal?.throwIfAborted();
      }
    }
    if (call.remainingMs() <= 0) throw unreached(nodeId, call);
    const text = `node ${nodeId} is not known or cannot be reached`;
    throw new RpcError("no-route", text, { provider: nodeId });
  }
}

const unreached = (nodeId: NodeId, { deadlineMs }: OutgoingCall): RpcError =>
  new RpcError("timeout", `node ${nodeId} was not reached within ${deadlineMs} ms`, {
    provider: nodeId,
  });

function tellTrailers({ trailers }: OutgoingCall, { onTrailers }: CallOptions): void {
  onTrailers?.(toTrailers(trailers));
}
