import {
  type Clock,
  type Delivered,
  deliveredOf,
  type Logger,
  type NodeId,
  type Random,
  randomBetween,
} from "@selvage/core";
import { hedge, LatencyTracker, ResilienceError, retry } from "@selvage/resilience";
import type { AttemptContext, RetryAction } from "@selvage/resilience";
import type { Peer, Transport } from "@selvage/transport";
import type { CallHedgeOptions, CallRetryOptions, ServiceCallOptions } from "./call-options.ts";
import { DEFAULT_MOVE_JITTER_MS } from "./defaults.ts";
import type { Directory } from "./directory.ts";
import { RpcError } from "./errors.ts";
import { MovableAttempts } from "./movable-attempts.ts";
import type { OutgoingCall } from "./outgoing-call.ts";
import type { Provider } from "./provider.ts";
import { ProviderHealth } from "./provider-health.ts";
import { ProviderPicker } from "./provider-picker.ts";
import { createRandomSelector, createRoundRobin, type Selector } from "./selection-policy.ts";
import { raceSessions } from "./session-race.ts";
import { WaitForChange } from "./wait-for-change.ts";

/** What failover works on. */
export interface FailoverParts {
  readonly transport: Transport;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Services whose latencies are remembered for hedging. */
const MAX_TRACKED_SERVICES = 1_024;

/** How one call is to be treated. */
interface Plan {
  readonly retry: CallRetryOptions | undefined;
  readonly hedge: CallHedgeOptions | undefined;
  /** It may be repeated, moved and raced although its handler may have started. */
  readonly isSafe: boolean;
  readonly selector: Selector;
  readonly attemptTimeoutMs: number;
  readonly trust: ServiceCallOptions["trust"];
  readonly signal: AbortSignal | undefined;
}

/**
 * Brings a call by service name to an answer: picks a provider, moves off lost ones, retries what
 * failed, races the slow; never beyond what the service's declared safety allows.
 */
export class Failover implements Disposable {
  readonly #parts: FailoverParts;
  readonly #health: ProviderHealth;
  readonly #picker: ProviderPicker;
  readonly #attempts: MovableAttempts;
  readonly #changes: WaitForChange;
  readonly #selectors: Readonly<Record<NonNullable<ServiceCallOptions["policy"]>, Selector>>;
  readonly #latencies: Map<string, LatencyTracker> = new Map();

  constructor(parts: FailoverParts) {
    const { transport, clock, random, directory } = parts;
    this.#parts = parts;
    this.#health = new ProviderHealth(clock);
    this.#picker = new ProviderPicker(transport, this.#health, random);
    this.#changes = new WaitForChange(clock, transport, directory);
    this.#attempts = new MovableAttempts(clock, transport, this.#changes, this.#health);
    this.#selectors = {
      "round-robin": createRoundRobin(),
      random: createRandomSelector(random),
    };
  }

  /**
   * Runs a call to its answer.
   *
   * @throws {@link RpcError}; the signal's reason when it aborted.
   */
  async run(call: OutgoingCall, idempotent: boolean, options: ServiceCallOptions): Promise<Uint8Array> {
    const plan = this.#plan(idempotent, options);
    const { clock, random } = this.#parts;
    try {
      return await retry<Uint8Array, NodeId>(
        (context) => this.#tryOnce(call, plan, context),
        {
          ...plan.retry,
          maxAttempts: plan.retry === undefined ? 1 : plan.retry.maxAttempts,
          deadlineMs: call.deadlineMs,
          maybeDelivered: plan.isSafe,
          classify: (error) => this.#classify(call, plan, error),
        },
        {
          signal: plan.signal,
          clock,
          random,
          onRetry: ({ action }) => {
            if (action === "move") call.moves++;
            else call.retries++;
          },
        },
      );
    } catch (error) {
      throw this.#final(call, error);
    }
  }

  [Symbol.dispose](): void {
    this.#attempts[Symbol.dispose]();
    this.#changes[Symbol.dispose]();
  }

  #plan(idempotent: boolean, options: ServiceCallOptions): Plan {
    const retryOptions = options.retry === true ? {} : options.retry || undefined;
    return {
      retry: retryOptions,
      hedge: options.hedge === true ? {} : options.hedge || undefined,
      isSafe: retryOptions?.maybeDelivered ?? idempotent,
      selector: this.#selectors[options.policy ?? "round-robin"],
      attemptTimeoutMs: options.attemptTimeoutMs ?? Number.POSITIVE_INFINITY,
      trust: options.trust,
      signal: options.signal,
    };
  }

  /** One attempt on one provider, or a race of several. */
  async #tryOnce(
    call: OutgoingCall,
    plan: Plan,
    context: AttemptContext<NodeId>,
  ): Promise<Uint8Array> {
    if (plan.hedge === undefined || !plan.isSafe) {
      return await this.#leg(call, plan, context, context.signal, new Set());
    }
    const racing = new Set<NodeId>();
    return await hedge(
      ({ index, signal }) => {
        if (index > 0) call.hedges++;
        return this.#leg(call, plan, context, signal, racing);
      },
      {
        hedges: plan.hedge.hedges,
        delayMs: plan.hedge.delayMs ?? this.#latency(call.service).hedgeDelay(),
      },
      { clock: this.#parts.clock, signal: context.signal },
    );
  }

  /** Reaches a provider that no other leg of the race uses, and makes the attempt there. */
  async #leg(
    call: OutgoingCall,
    plan: Plan,
    context: AttemptContext<NodeId>,
    signal: AbortSignal,
    racing: Set<NodeId>,
  ): Promise<Uint8Array> {
    const { clock, random } = this.#parts;
    if (call.moves > 0 && context.attempt > 1) {
      // Whole crowds leave a lost provider in the same moment.
      await clock.sleep(randomBetween(random, 0, DEFAULT_MOVE_JITTER_MS), { signal });
    }
    const peer = await this.#reach(call, plan, context, signal, racing);
    const { nodeId } = peer;
    racing.add(nodeId);
    context.use(nodeId);
    const startedAt = clock.now();
    try {
      const body = await this.#attempts.run(peer, call, signal, {
        timeoutMs: plan.attemptTimeoutMs,
        alternatives: plan.isSafe && plan.retry !== undefined
          ? () => this.#hasAlternative(call, plan, nodeId, context)
          : undefined,
      });
      this.#latency(call.service).record(clock.now() - startedAt);
      return body;
    } catch (error) {
      if (deliveredOf(error) === "maybe") call.delivered = "maybe";
      throw error;
    }
  }

  /** A session with the provider to use next; under `retry` it waits for one to appear. */
  async #reach(
    call: OutgoingCall,
    plan: Plan,
    context: AttemptContext<NodeId>,
    signal: AbortSignal,
    racing: ReadonlySet<NodeId>,
  ): Promise<Peer> {
    const { transport, clock } = this.#parts;
    for (let waits = 0; ; waits++) {
      const all = this.#candidates(call, plan);
      const left = all.filter(({ nodeId }) => !context.excluded.has(nodeId) && !racing.has(nodeId));
      const ordered = this.#picker.order(call.service, left, plan.selector);
      const first = ordered[0];
      if (first !== undefined) {
        const silent = this.#picker.fitness(first.nodeId) === "silent";
        const field = ordered.filter(
          ({ nodeId }) => (this.#picker.fitness(nodeId) === "silent") === silent,
        );
        try {
          const onUnreachable = (nodeId: NodeId): void => this.#health.verdict(nodeId);
          return await raceSessions({ transport, clock, onUnreachable }, call.service, field, signal);
        } catch (error) {
          signal.throwIfAborted();
          call.lastError = error;
          if (plan.retry === undefined) throw error;
        }
      } else if (plan.retry === undefined || racing.size > 0) {
        throw call.lastError ?? this.#noRoute(call);
      }
      await this.#changes.wait(waits, signal);
      if (all.length > 0) context.liftExclusions();
    }
  }

  #candidates(call: OutgoingCall, plan: Plan): readonly Provider[] {
    const { directory } = this.#parts;
    const compatible = directory.compatible(call.service, call.version);
    return plan.trust === undefined
      ? compatible
      : compatible.filter(({ entityId }) => plan.trust?.(entityId) === true);
  }

  /** Whether a call that may move has somewhere better to go. */
  #hasAlternative(
    call: OutgoingCall,
    plan: Plan,
    nodeId: NodeId,
    { excluded }: AttemptContext<NodeId>,
  ): boolean {
    return this.#candidates(call, plan).some(
      (other) =>
        other.nodeId !== nodeId &&
        !excluded.has(other.nodeId) &&
        this.#picker.fitness(other.nodeId) !== "silent",
    );
  }

  #classify(call: OutgoingCall, plan: Plan, error: unknown): RetryAction {
    call.lastError = error;
    if (!(error instanceof RpcError)) return "fail";
    const retries = plan.retry !== undefined;
    const { provider } = error;
    switch (error.kind) {
      case "unavailable":
        if (provider !== undefined) this.#health.verdict(provider);
        return retries || error.delivered === "never" ? "move" : "fail";
      case "draining":
      case "not-found":
        return "move";
      case "backpressure":
        if (provider !== undefined) this.#health.verdict(provider);
        return retries ? "retry" : "move";
      case "timeout":
        if (provider !== undefined) this.#health.verdict(provider);
        return retries ? "retry" : "fail";
      case "internal":
        return retries ? "retry" : "fail";
      default:
        return "fail";
    }
  }

  /** The error that the caller gets. */
  #final(call: OutgoingCall, error: unknown): unknown {
    if (!(error instanceof ResilienceError)) return error;
    const delivered: Delivered = call.delivered;
    if (error.kind === "timeout" && call.lastError === undefined && delivered === "never") {
      const known = this.#parts.directory.providers(call.service).length;
      if (known === 0) return this.#noRoute(call);
    }
    return new RpcError("timeout", `"${call.service}" had no answer within ${call.deadlineMs} ms`, {
      cause: call.lastError,
      delivered,
      provider: call.lastError instanceof RpcError ? call.lastError.provider : undefined,
    });
  }

  #noRoute(call: OutgoingCall): RpcError {
    const known = this.#parts.directory.providers(call.service).length;
    const text =
      known === 0
        ? `no provider of "${call.service}" is known`
        : `none of the ${known} known providers of "${call.service}" can be used`;
    return new RpcError("no-route", text);
  }

  #latency(service: string): LatencyTracker {
    const known = this.#latencies.get(service);
    if (known !== undefined) return known;
    if (this.#latencies.size >= MAX_TRACKED_SERVICES) this.#latencies.clear();
    const tracker = new LatencyTracker();
    this.#latencies.set(service, tracker);
    return tracker;
  }
}
