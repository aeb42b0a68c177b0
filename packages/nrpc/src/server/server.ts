import { checkProperties, CloseOnce, Emitter, type Listen } from "@selvage/core";
import type { MessageStream } from "@selvage/transport";

import { checkBodyLimit } from "../body-limit.ts";
import { CALL_SHAPES, hasRequestStream, hasResponseStream } from "../call-shape.ts";
import { type AnyContract, contractOf, type ServiceContract } from "../contract.ts";
import {
  DEFAULT_MAX_IN_FLIGHT,
  DEFAULT_PRIORITY,
  DEFAULT_QUEUE,
  DEFAULT_WEIGHT,
  NRPC_PROTOCOL,
} from "../defaults.ts";
import { RpcError } from "../errors.ts";
import { decodeCall, shapeOfMalformed } from "../frame.ts";
import { refusedCall } from "../observability/served-call-record.ts";
import {
  type ServedCallEvent,
  ServedCallObservers,
  type ServedCallStart,
} from "../observability/served-call.ts";
import { RESET_UNANSWERED } from "../reset-codes.ts";
import { schemaHash } from "../schema-hash.ts";
import type { ServiceOffer } from "../service-tags.ts";
import type { RpcStatus } from "../status.ts";
import type { CallHeader } from "../wire/call.gen.ts";
import { type Answer, discardRest, sendAnswer } from "./answering.ts";
import { CallSlots } from "./call-slots.ts";
import { callerRule } from "./caller.ts";
import {
  type AnyHandler,
  type CallContext,
  type Handler,
  SERVE_OPTIONS,
  type ServeHandle,
  type ServeOptions,
} from "./handler.ts";
import { IncomingCall, type IncomingCallParts } from "./incoming-call.ts";
import { KeyedCalls } from "./keyed-calls.ts";
import { notFound, refusal, refusalOf } from "./refusal.ts";
import type { RpcServerParts, ServedService } from "./served-service.ts";

/** Runs handlers for the calls that other nodes (or this one) make. */
export class RpcServer implements AsyncDisposable {
  readonly #parts: IncomingCallParts;
  readonly #services: Map<string, ServedService> = new Map();
  readonly #changed: Emitter<void>;
  readonly #closeOnce = new CloseOnce(() => this.#close());

  constructor(parts: RpcServerParts) {
    const reportError = (error: unknown): void => parts.logger.error("a listener threw", { error });
    checkBodyLimit(parts.maxBodyBytes, parts.transport);
    this.#changed = new Emitter(reportError);
    this.#parts = {
      ...parts,
      keyedCalls: new KeyedCalls(parts),
      observers: new ServedCallObservers(reportError, parts.tracer),
    };
    parts.transport.serve(NRPC_PROTOCOL, (stream) => void this.#onStream(stream));
  }

  /** Fires when {@link offers} changed. */
  get onOffersChange(): Listen<void> {
    return this.#changed.on;
  }

  /** Fires when a handler starts; each call that does is told by {@link onServed} at its end. */
  get onServedStart(): Listen<ServedCallStart> {
    return this.#parts.observers.started.on;
  }

  /** One event per call that arrived, also if it was refused, at its end. */
  get onServed(): Listen<ServedCallEvent> {
    return this.#parts.observers.ended.on;
  }

  /** What this node offers now. */
  offers(): ServiceOffer[] {
    return [...this.#services.values()].filter((s) => !s.withdrawn).map((s) => s.offer);
  }

  /** Calls running now. */
  get inFlight(): number {
    let total = 0;
    for (const service of this.#services.values()) total += service.slots.taken;
    return total;
  }

  /**
   * Serves a contract, or a bare name: a service without schemas, in version 1.0.
   *
   * @throws {@link RpcError} with kind `already-served` (the service being served is not harmed)
   * or `closed`; RangeError or TypeError for a bad option.
   */
  serve<C extends AnyContract>(served: C, handler: Handler<C>, options?: ServeOptions): ServeHandle;
  serve(served: string, handler: Handler<ServiceContract>, options?: ServeOptions): ServeHandle;
  serve(
    served: AnyContract | string,
    // What it is given is what its contract says.
    handler: (request: never, context: CallContext) => unknown,
    options: ServeOptions = {},
  ): ServeHandle {
    checkProperties("options", options, SERVE_OPTIONS);
    const {
      priority = DEFAULT_PRIORITY,
      weight = DEFAULT_WEIGHT,
      maxInFlight = DEFAULT_MAX_IN_FLIGHT,
      queue = DEFAULT_QUEUE,
      allow,
    } = options;
    if (this.#closeOnce.started) throw new RpcError("closed", "the node was closed");
    const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
    requireNumber("priority", priority, isCount(priority), "a whole number, 0 or more");
    requireNumber("weight", weight, weight > 0 && weight <= 1_000, "above 0 and at most 1,000");
    requireNumber("maxInFlight", maxInFlight, maxInFlight >= 1, "1 or more");
    requireNumber("queue", queue, isCount(queue), "a whole number, 0 or more");
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
      rule: callerRule(allow),
      slots: new CallSlots(maxInFlight, queue),
      offer: { name, version, priority, weight, schemaHash: schemaHash(contract) },
      withdrawn: false,
      draining: false,
      pending: 0,
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

  /**
   * Takes no new call and waits for the running ones. Callers are told `draining` from then on, for
   * as long as the transport lives: they go elsewhere without blaming anybody. Idempotent.
   */
  close(): Promise<void> {
    return this.#closeOnce.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.withdraw();
    await Promise.all([...this.#services.values()].map((service) => drain(service)));
  }

  #handleOf(service: ServedService): ServeHandle {
    const once = new CloseOnce(async () => {
      const drained = drain(service);
      if (!service.withdrawn) {
        service.withdrawn = true;
        this.#changed.emit();
      }
      await drained;
      const { name } = service.contract;
      if (this.#services.get(name) === service) this.#services.delete(name);
    });
    return {
      service: service.contract.name,
      get inFlight() {
        return service.slots.taken;
      },
      get queued() {
        return service.slots.waiting;
      },
      close: () => once.close(),
      [Symbol.asyncDispose]: () => once.close(),
    };
  }

  async #onStream(stream: MessageStream): Promise<void> {
    // The deadline counts from here, though the rest of a long message may come much later.
    const arrivedAt = this.#parts.clock.now() - stream.stallMs;
    try {
      const message = await stream.receive();
      const frame = message && decodeCall(message);
      if (frame === undefined) {
        const shape = message === undefined ? 0 : shapeOfMalformed(message);
        this.#answerAs(stream, shape, refusal("bad-request", "malformed call"));
        return;
      }
      const { header, body } = frame;
      const service = this.#services.get(header.service);
      if (service === undefined) {
        this.#refuse(stream, header, notFound(header.service));
        return;
      }
      const refused = refusalOf(this.#parts, service, { stream, header, arrivedAt });
      if (refused === undefined) {
        await new IncomingCall(this.#parts, service, { stream, header, arrivedAt }).run(body);
      } else this.#refuse(stream, header, refused);
    } catch (error) {
      // As a rule the stream has failed: the caller is gone or has given up. If it has not, it must
      // not wait for an answer that nobody will give.
      this.#parts.logger.debug("a call ended without an answer", { error });
      stream.reset(RESET_UNANSWERED);
    }
  }

  /** Answers in the shape that the caller expects. */
  #refuse(stream: MessageStream, header: CallHeader, answer: Answer): void {
    const status = this.#answerAs(stream, header.shape, answer);
    const { observers, clock } = this.#parts;
    refusedCall(observers, clock, stream.nodeId, header, status);
  }

  #answerAs(stream: MessageStream, number: number, answer: Answer): RpcStatus {
    const shape = { shape: CALL_SHAPES[number] ?? "unary" };
    const status = sendAnswer(stream, answer, hasResponseStream(shape));
    if (hasRequestStream(shape)) void discardRest(stream, this.#parts.clock);
    return status;
  }
}

/** Refuses what comes and what waits, and lets end what runs. */
function drain(service: ServedService): Promise<void> {
  service.draining = true;
  service.slots.drain();
  if (service.pending === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const before = service.onIdle;
    service.onIdle = () => {
      before?.();
      resolve();
    };
  });
}

function requireNumber(name: string, value: number, valid: boolean, range: string): void {
  if (typeof value !== "number") {
    throw new TypeError(`${name} must be a number, got ${typeof value}`);
  }
  if (!valid) throw new RangeError(`${name} must be ${range}, got ${value}`);
}
