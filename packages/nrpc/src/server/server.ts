import { CloseOnce, Emitter, type Listen } from "@selvage/core";
import type { MessageStream } from "@selvage/transport";

import { CALL_SHAPES, hasResponseStream } from "../call-shape.ts";
import { type AnyContract, contractOf, isCompatible, type ServiceContract } from "../contract.ts";
import {
  DEFAULT_MAX_IN_FLIGHT,
  DEFAULT_PRIORITY,
  DEFAULT_WEIGHT,
  NRPC_PROTOCOL,
} from "../defaults.ts";
import { RpcError } from "../errors.ts";
import { decodeCall } from "../frame.ts";
import { refusedCall } from "../observability/served-call-record.ts";
import {
  type ServedCallEvent,
  ServedCallObservers,
  type ServedCallStart,
} from "../observability/served-call.ts";
import { RESET_UNANSWERED } from "../reset-codes.ts";
import type { ServiceOffer } from "../service-tags.ts";
import type { RpcStatus } from "../status.ts";
import type { CallHeader } from "../wire/call.gen.ts";
import { type Answer, sendAnswer } from "./answering.ts";
import type { AnyHandler, CallContext, Handler, ServeHandle, ServeOptions } from "./handler.ts";
import { IncomingCall } from "./incoming-call.ts";
import type { RpcServerParts, ServedService } from "./served-service.ts";

/** Runs handlers for the calls that other nodes (or this one) make. */
export class RpcServer implements AsyncDisposable {
  readonly #parts: RpcServerParts;
  readonly #services: Map<string, ServedService> = new Map();
  readonly #changed: Emitter<void>;
  readonly #observers: ServedCallObservers;
  readonly #registration: Disposable;
  readonly #closeOnce = new CloseOnce(() => this.#close());

  constructor(parts: RpcServerParts) {
    this.#parts = parts;
    const reportError = (error: unknown): void => parts.logger.error("a listener threw", { error });
    this.#changed = new Emitter(reportError);
    this.#observers = new ServedCallObservers(reportError, parts.tracer);
    this.#registration = parts.transport.serve(NRPC_PROTOCOL, (stream) => {
      void this.#onStream(stream);
    });
  }

  /** Fires when {@link offers} changed. */
  get onOffersChange(): Listen<void> {
    return this.#changed.on;
  }

  /** Fires when a handler starts; each call that does is told by {@link onServed} at its end. */
  get onServedStart(): Listen<ServedCallStart> {
    return this.#observers.started.on;
  }

  /** One event per call that arrived, also if it was refused, at its end. */
  get onServed(): Listen<ServedCallEvent> {
    return this.#observers.ended.on;
  }

  /** What this node offers now. */
  offers(): ServiceOffer[] {
    return [...this.#services.values()].filter((s) => !s.withdrawn).map((s) => s.offer);
  }

  /** Calls running now. */
  get inFlight(): number {
    let total = 0;
    for (const service of this.#services.values()) total += service.inFlight;
    return total;
  }

  /**
   * Serves a contract, or a bare name: a service without schemas, in version 1.0.
   *
   * @throws {@link RpcError} with kind `already-served` (the service being served is not harmed)
   * or `closed`; RangeError for a bad option.
   */
  serve<C extends AnyContract>(served: C, handler: Handler<C>, options?: ServeOptions): ServeHandle;
  serve(served: string, handler: Handler<ServiceContract>, options?: ServeOptions): ServeHandle;
  serve(
    served: AnyContract | string,
    // What it is given is what its contract says.
    handler: (request: never, context: CallContext) => unknown,
    {
      priority = DEFAULT_PRIORITY,
      weight = DEFAULT_WEIGHT,
      maxInFlight = DEFAULT_MAX_IN_FLIGHT,
      allow,
    }: ServeOptions = {},
  ): ServeHandle {
    if (this.#closeOnce.started) throw new RpcError("closed", "the node was closed");
    requireNumber("priority", priority, Number.isSafeInteger(priority) && priority >= 0);
    requireNumber("weight", weight, weight > 0 && weight <= 1_000);
    requireNumber("maxInFlight", maxInFlight, maxInFlight >= 1);
    const contract = contractOf(served);
    if (typeof handler !== "function") {
      throw new TypeError(
        `the handler of "${contract.name}" must be a function, got ${typeof handler}`,
      );
    }
    const { name, version } = contract;
    if (this.#services.has(name)) {
      throw new RpcError("already-served", `"${name}" is served by this node already`);
    }
    const service: ServedService = {
      contract,
      handler: handler as AnyHandler,
      allow,
      maxInFlight,
      offer: { name, version, priority, weight },
      withdrawn: false,
      draining: false,
      inFlight: 0,
      onIdle: undefined,
    };
    this.#services.set(name, service);
    this.#changed.emit();
    return this.#handleOf(service);
  }

  /**
   * Offers nothing any more, so that callers turn elsewhere; calls that arrive meanwhile are still
   * served.
   */
  withdraw(): void {
    const before = this.offers().length;
    for (const service of this.#services.values()) service.withdrawn = true;
    if (before > 0) this.#changed.emit();
  }

  /** Takes no new call and waits for the running ones. Idempotent. */
  close(): Promise<void> {
    return this.#closeOnce.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.withdraw();
    for (const service of this.#services.values()) service.draining = true;
    await Promise.all([...this.#services.values()].map((service) => idle(service)));
    this.#registration[Symbol.dispose]();
    this.#services.clear();
  }

  #handleOf(service: ServedService): ServeHandle {
    const once = new CloseOnce(async () => {
      service.draining = true;
      if (!service.withdrawn) {
        service.withdrawn = true;
        this.#changed.emit();
      }
      await idle(service);
      const { name } = service.contract;
      if (this.#services.get(name) === service) this.#services.delete(name);
    });
    return {
      service: service.contract.name,
      get inFlight() {
        return service.inFlight;
      },
      close: () => once.close(),
      [Symbol.asyncDispose]: () => once.close(),
    };
  }

  async #onStream(stream: MessageStream): Promise<void> {
    try {
      const message = await stream.receive();
      const frame = message && decodeCall(message);
      if (frame === undefined) {
        sendAnswer(stream, refusal("bad-request", "malformed call"), false);
        return;
      }
      const service = this.#services.get(frame.header.service);
      const refused = this.#refusalOf(service, stream, frame.header);
      if (service === undefined || refused !== undefined) {
        const [status] = refused ?? NOT_FOUND;
        sendAnswer(stream, refusal(...(refused ?? NOT_FOUND)), isAnsweredByStream(frame.header));
        refusedCall(this.#observers, this.#parts.clock, stream.nodeId, frame.header, status);
        return;
      }
      await new IncomingCall(this.#parts, service, stream, frame.header, this.#observers).run(
        frame.body,
      );
    } catch (error) {
      // As a rule the stream has failed: the caller is gone or has given up. If it has not, it must
      // not wait for an answer that nobody will give.
      this.#parts.logger.debug("a call ended without an answer", { error });
      stream.reset(RESET_UNANSWERED);
    }
  }

  #refusalOf(
    service: ServedService | undefined,
    stream: MessageStream,
    header: CallHeader,
  ): Refusal | undefined {
    try {
      return refusalOf(service, stream, header);
    } catch (error) {
      this.#parts.logger.error("deciding about a caller threw", { error });
      return ["denied", "the provider could not decide"];
    }
  }
}

/** A status and what to say with it. */
type Refusal = readonly [status: RpcStatus, message: string];

const NOT_FOUND: Refusal = ["not-found", "unknown service"];

const refusal = (...[status, message]: Refusal): Answer => ({ status, message, notStarted: true });

/** How the caller expects to be answered. */
function isAnsweredByStream({ shape }: CallHeader): boolean {
  return hasResponseStream({ shape: CALL_SHAPES[shape] ?? "unary" });
}

/** Why a call must not even start; the handler never runs for it. */
function refusalOf(
  service: ServedService | undefined,
  { nodeId, stallMs }: MessageStream,
  { service: name, deadlineMs, version, shape }: CallHeader,
): Refusal | undefined {
  if (service === undefined) return ["not-found", `no "${name.slice(0, 255)}" is served here`];
  if (service.draining) return ["draining", `"${name}" is being withdrawn here`];
  const offered = service.contract.version;
  if (version !== "" && !isCompatible(version, offered)) {
    return ["incompatible", `"${name}" is served here in version ${offered}, not ${version}`];
  }
  const ours = service.contract.shape;
  if (CALL_SHAPES[shape] !== ours) {
    return [
      "incompatible",
      `"${name}" is ${ours} here, not ${CALL_SHAPES[shape] ?? "of a known shape"}`,
    ];
  }
  if (service.allow?.(nodeId) === false) return ["denied", `"${name}" is not for this caller`];
  if (deadlineMs > 0 && deadlineMs <= stallMs) return ["timeout", "expired before it was read"];
  if (service.inFlight >= service.maxInFlight) {
    return ["backpressure", `"${name}" runs ${service.inFlight} calls, its limit`];
  }
  return undefined;
}

function idle(service: ServedService): Promise<void> {
  if (service.inFlight === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const before = service.onIdle;
    service.onIdle = () => {
      before?.();
      resolve();
    };
  });
}

function requireNumber(name: string, value: number, valid: boolean): void {
  if (!valid) throw new RangeError(`${name} is out of range: ${value}`);
}
