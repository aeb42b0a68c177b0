import {
  checkProperties,
  type Clock,
  type Listen,
  type Logger,
  type NodeId,
  type Random,
} from "@selvage/core";
import type { Transport } from "@selvage/transport";

import { checkBodyLimit } from "../body-limit.ts";
import type { RpcClientStats } from "../client-stats.ts";
import type { Codec } from "../codec.ts";
import { type AnyContract, type CallInput, type CallOutput, contractOf } from "../contract.ts";
import type { CallTracer } from "../observability/call-tracer.ts";
import type { Directory } from "../selection/directory.ts";
import type { CallContext } from "../server/handler.ts";
import type { CallEvent, CallStart } from "./call-event.ts";
import { type CallOptions, SERVICE_CALL_OPTIONS, type ServiceCallOptions } from "./call-options.ts";
import { CallRunner, type Order } from "./call-runner.ts";
import { Failover } from "./failover.ts";
import { inherit } from "./inheritance.ts";
import { callPinned } from "./pinned-call.ts";

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

/** Makes calls, by service name or to one node. */
export class RpcClient implements Disposable {
  readonly #parts: RpcClientParts;
  readonly #failover: Failover;
  readonly #runner: CallRunner;

  constructor(parts: RpcClientParts) {
    checkBodyLimit(parts.maxBodyBytes, parts.transport);
    this.#parts = parts;
    this.#failover = new Failover(parts);
    this.#runner = new CallRunner(parts);
  }

  /** Fires when a call begins; each that does is told by {@link onCall} at its end. */
  get onCallStart(): Listen<CallStart> {
    return this.#runner.onCallStart;
  }

  /** One event per call, at its end. */
  get onCall(): Listen<CallEvent> {
    return this.#runner.onCall;
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
    const { transport, addressesOf } = this.#parts;
    const { attempts } = this.#failover;
    return this.#call(contractOf(service), request, options, (call, { signal }) =>
      callPinned({ transport, addressesOf, attempts }, nodeId, call, signal),
    );
  }

  /**
   * A function that calls a service by name, with these options unless others are given;
   * `undefined` gives none.
   *
   * @throws TypeError for an option that there is not.
   */
  client<C extends AnyContract>(contract: C, defaults: ServiceCallOptions = {}): ServiceClient<C> {
    checkProperties("defaults", defaults, SERVICE_CALL_OPTIONS);
    return (request, options) =>
      this.callService<C>(contract, request, { ...defaults, ...given(options) });
  }

  /** What is under way, and what is known of providers. */
  stats(): RpcClientStats {
    return { inFlight: this.#runner.inFlight, ...this.#failover.stats() };
  }

  /** Whatever is called from now on fails as `closed`; what is under way is still told of. */
  [Symbol.dispose](): void {
    this.#runner[Symbol.dispose]();
    this.#failover[Symbol.dispose]();
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
    return this.#runner.run({
      format: { contract, codec: contract.codec ?? codec, maxBodyBytes },
      request,
      options: inheritance?.options ?? options,
      release: inheritance && (() => inheritance[Symbol.dispose]()),
      send,
    });
  }
}

/** Options without those that say nothing. */
function given(options: ServiceCallOptions = {}): ServiceCallOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
