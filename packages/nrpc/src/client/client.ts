import {
  type Clock,
  Emitter,
  type Listen,
  type Logger,
  type NodeId,
  type Random,
} from "@selvage/core";
import type { Peer, Transport } from "@selvage/transport";
import type { StandardSchemaV1 } from "@standard-schema/spec";

import type { Codec } from "../codec.ts";
import {
  contractOf,
  type RequestOf,
  type ResponseOf,
  type ServiceContract,
  validate,
} from "../contract.ts";
import { RpcError } from "../errors.ts";
import type { Directory } from "../selection/directory.ts";
import type { CallEvent } from "./call-event.ts";
import type { CallOptions, ServiceCallOptions } from "./call-options.ts";
import { Failover } from "./failover.ts";
import { OutgoingCall } from "./outgoing-call.ts";

/** What a client is made of. */
export interface RpcClientParts {
  readonly transport: Transport;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly codec: Codec;
  /** The largest request body, in bytes. */
  readonly maxBodyBytes: number;
  /** Dialable addresses of a node, for calls by node id; `undefined` if it is not known. */
  readonly addressesOf: (nodeId: NodeId) => readonly string[] | undefined;
}

const NO_BODY: Uint8Array = new Uint8Array();

/** Makes calls, by service name or to one node. */
export class RpcClient implements Disposable {
  readonly #parts: RpcClientParts;
  readonly #failover: Failover;
  readonly #events: Emitter<CallEvent>;

  constructor(parts: RpcClientParts) {
    const reportError = (error: unknown): void => parts.logger.error("a listener threw", { error });
    this.#parts = parts;
    this.#events = new Emitter(reportError);
    this.#failover = new Failover(parts);
  }

  /** One event per call, at its end. */
  get onCall(): Listen<CallEvent> {
    return this.#events.on;
  }

  /**
   * Calls a service on whichever provider serves it best, and moves on when that one is lost. A
   * bare name stands for a contract without schemas, in version 1.0.
   *
   * @throws {@link RpcError}; the signal's reason when it aborted.
   */
  callService<Input extends StandardSchemaV1, Output extends StandardSchemaV1>(
    service: ServiceContract<Input, Output> | string,
    request: RequestOf<ServiceContract<Input, Output>>,
    options: ServiceCallOptions = {},
  ): Promise<ResponseOf<ServiceContract<Input, Output>>> {
    return this.#run(service, request, options, (call, { idempotent }) =>
      this.#failover.run(call, idempotent, options),
    );
  }

  /**
   * Calls a service on one node, which it never leaves: if that node is lost, so is the call.
   *
   * @throws {@link RpcError}; the signal's reason when it aborted.
   */
  callNode<Input extends StandardSchemaV1, Output extends StandardSchemaV1>(
    nodeId: NodeId,
    service: ServiceContract<Input, Output> | string,
    request: RequestOf<ServiceContract<Input, Output>>,
    options: CallOptions = {},
  ): Promise<ResponseOf<ServiceContract<Input, Output>>> {
    return this.#run(service, request, options, (call) =>
      this.#callPinned(nodeId, call, options.signal),
    );
  }

  [Symbol.dispose](): void {
    this.#failover[Symbol.dispose]();
    this.#events.clear();
  }

  /** What all calls have in common: validation, encoding, and one event at the end. */
  async #run(
    service: ServiceContract | string,
    request: unknown,
    options: CallOptions,
    send: (call: OutgoingCall, contract: ServiceContract) => Promise<Uint8Array>,
  ): Promise<never> {
    const contract = contractOf(service);
    const { clock, codec } = this.#parts;
    const call = new OutgoingCall(clock, contract, NO_BODY, options);
    try {
      options.signal?.throwIfAborted();
      if (contract.input !== undefined) {
        await validate(contract.input, request, "bad-request", contract.name);
      }
      call.body = this.#encode(contract.name, request);
      let response = this.#decode(contract.name, codec, await send(call, contract));
      if (contract.output !== undefined) {
        response = await validate(contract.output, response, "bad-response", contract.name);
      }
      if (this.#events.size > 0) this.#events.emit(call.event());
      return response as never;
    } catch (error) {
      if (this.#events.size > 0) this.#events.emit(call.event({ error }));
      throw error;
    }
  }

  #encode(service: string, request: unknown): Uint8Array {
    const { codec, maxBodyBytes } = this.#parts;
    let body: Uint8Array;
    try {
      body = codec.encode(request);
    } catch (cause) {
      const text = `the request of "${service}" cannot be encoded`;
      throw new RpcError("bad-request", text, { cause });
    }
    if (body.length > maxBodyBytes) {
      throw new RpcError(
        "message-too-large",
        `the request of "${service}" has ${body.length} bytes, at most ${maxBodyBytes}`,
      );
    }
    return body;
  }

  #decode(service: string, codec: Codec, body: Uint8Array): unknown {
    try {
      return codec.decode(body);
    } catch (cause) {
      throw new RpcError("bad-response", `the response of "${service}" cannot be decoded`, {
        cause,
        delivered: "maybe",
      });
    }
  }

  async #callPinned(
    nodeId: NodeId,
    call: OutgoingCall,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    if (nodeId === this.#parts.transport.nodeId) {
      const text = "a node has no session with itself: call the handler directly";
      throw new RpcError("no-route", text, { provider: nodeId });
    }
    const known = this.#parts.transport.peer(nodeId);
    const peer = known ?? (await this.#reach(nodeId, call, signal));
    if (call.remainingMs() <= 0) throw unreached(nodeId, call);
    const bounds = { signal, timeoutMs: Number.POSITIVE_INFINITY, alternatives: undefined };
    return await this.#failover.attempts.run(peer, call, bounds);
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
