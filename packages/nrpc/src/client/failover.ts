import { type Clock, type Logger, type NodeId, type Random, randomBetween } from "@selvage/core";
import { hedge, ResilienceError, retry } from "@selvage/resilience";
import type { AttemptContext, RetryAction, RetryVerdict } from "@selvage/resilience";
import type { Peer, Transport } from "@selvage/transport";

import { DEFAULT_MOVE_JITTER_MS } from "../defaults.ts";
import { RpcError } from "../errors.ts";
import type { Directory } from "../selection/directory.ts";
import { ProviderHealth } from "../selection/provider-health.ts";
import { ProviderPicker } from "../selection/provider-picker.ts";
import { createRandomSelector, createRoundRobin } from "../selection/selection-policy.ts";
import type { AttemptAction } from "./call-event.ts";
import type { ServiceCallOptions } from "./call-options.ts";
import { type CallPlan, planCall, type Selectors } from "./call-plan.ts";
import { actionAfter, isPenalised } from "./failure-table.ts";
import { MovableAttempts } from "./movable-attempts.ts";
import type { OutgoingCall } from "./outgoing-call.ts";
import { singleRequest } from "./outgoing-requests.ts";
import { ProviderSearch } from "./provider-search.ts";
import { cancelReply, type Reply } from "./reply.ts";
import { WaitForChange } from "./wait-for-change.ts";

/** What failover works on. */
export interface FailoverParts {
  readonly transport: Transport;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Brings a call by service name to an answer: picks a provider, moves off lost ones, retries what
 * failed, races the slow; never beyond what the service's declared safety allows.
 */
export class Failover implements Disposable {
  readonly #parts: FailoverParts;
  readonly #health: ProviderHealth;
  readonly #search: ProviderSearch;
  /** All attempts under way, pinned ones too. */
  readonly attempts: MovableAttempts;
  readonly #changes: WaitForChange;
  readonly #selectors: Selectors;

  constructor(parts: FailoverParts) {
    const { transport, clock, random, directory } = parts;
    this.#parts = parts;
    this.#health = new ProviderHealth(clock);
    this.#changes = new WaitForChange(clock, transport, directory);
    this.#search = new ProviderSearch({
      transport,
      clock,
      directory,
      health: this.#health,
      changes: this.#changes,
      picker: new ProviderPicker(transport, this.#health, random),
    });
    this.attempts = new MovableAttempts(clock, transport, this.#changes, this.#health);
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
  run(call: OutgoingCall, idempotent: boolean, options: ServiceCallOptions): Promise<Reply> {
    const plan = planCall(options, idempotent, this.#selectors);
    const peer = plan.hedge === undefined ? this.#search.ready(call, plan) : undefined;
    if (peer === undefined) return this.#persist(call, plan);
    // Most calls succeed at once, and need nothing of what follows a failure.
    return this.#attempt(peer, call, plan, plan.signal, "first").catch((error: unknown) => {
      plan.signal?.throwIfAborted();
      if (call.remainingMs() <= 0 || call.requests.isCommitted) throw error;
      return this.#persist(call, plan, { error, nodeId: peer.nodeId });
    });
  }

  [Symbol.dispose](): void {
    this.attempts[Symbol.dispose]();
    this.#changes[Symbol.dispose]();
  }

  /** Tries until there is an answer or no sense in going on; `failed` is a first try's failure. */
  async #persist(
    call: OutgoingCall,
    plan: CallPlan,
    failed?: { readonly error: unknown; readonly nodeId: NodeId },
  ): Promise<Reply> {
    const { clock, random } = this.#parts;
    let next: AttemptAction = "first";
    try {
      return await retry<Reply, NodeId>(
        (context) => {
          if (failed === undefined || context.attempt > 1)
            return this.#tryOnce(call, plan, context, next);
          context.use(failed.nodeId);
          return Promise.reject(failed.error);
        },
        {
          ...plan.retry,
          maxAttempts: plan.retry === undefined ? 1 : plan.retry.maxAttempts,
          deadlineMs: Math.max(0, call.remainingMs()),
          maybeDelivered: plan.isSafe,
          classify: (error) => this.#judge(call, plan, error),
        },
        {
          signal: plan.signal,
          clock,
          random,
          onRetry: ({ action }) => {
            next = action;
            if (action === "move") call.moves++;
            else call.retries++;
          },
        },
      );
    } catch (error) {
      throw this.#final(call, error);
    }
  }

  /** One attempt on one provider, or a race of several. */
  async #tryOnce(
    call: OutgoingCall,
    plan: CallPlan,
    context: AttemptContext<NodeId>,
    action: AttemptAction,
  ): Promise<Reply> {
    if (plan.hedge === undefined || !plan.isSafe || call.requests !== singleRequest) {
      return await this.#leg(call, plan, context, context.signal, new Set(), action);
    }
    const racing = new Set<NodeId>();
    const replies: Reply[] = [];
    const winner = await hedge(
      async ({ index, signal }) => {
        if (index > 0) call.hedges++;
        const own = index > 0 ? "hedge" : action;
        const reply = await this.#leg(call, plan, context, signal, racing, own);
        replies.push(reply);
        return reply;
      },
      {
        hedges: plan.hedge.hedges,
        delayMs: plan.hedge.delayMs ?? this.attempts.latencies.of(call.service).hedgeDelay(),
      },
      { clock: this.#parts.clock, signal: context.signal },
    );
    // One that began in the same moment as the winner was not stopped by losing.
    for (const reply of replies) if (reply !== winner) cancelReply(reply);
    return winner;
  }

  /** Reaches a provider that no other leg of the race uses, and makes the attempt there. */
  async #leg(
    call: OutgoingCall,
    plan: CallPlan,
    context: AttemptContext<NodeId>,
    signal: AbortSignal,
    racing: Set<NodeId>,
    action: AttemptAction,
  ): Promise<Reply> {
    const { clock, random } = this.#parts;
    if (call.moves > 0) {
      // Whole crowds leave a lost provider in the same moment.
      await clock.sleep(randomBetween(random, 0, DEFAULT_MOVE_JITTER_MS), { signal });
    }
    const peer = await this.#search.reach(call, plan, context, signal, racing);
    racing.add(peer.nodeId);
    context.use(peer.nodeId);
    return await this.#attempt(peer, call, plan, signal, action);
  }

  #attempt(
    peer: Peer,
    call: OutgoingCall,
    plan: CallPlan,
    signal: AbortSignal | undefined,
    action: AttemptAction,
  ): Promise<Reply> {
    const mayMove = plan.isSafe && plan.retry !== undefined;
    return this.attempts.run(peer, call, {
      signal,
      timeoutMs: plan.attemptTimeoutMs,
      action,
      alternatives: mayMove
        ? () => !call.requests.isCommitted && this.#search.hasAlternative(call, plan, peer.nodeId)
        : undefined,
    });
  }

  #judge(call: OutgoingCall, plan: CallPlan, error: unknown): RetryAction | RetryVerdict<NodeId> {
    call.lastError = error;
    if (!(error instanceof RpcError)) return "fail";
    if (error.provider !== undefined && isPenalised(error)) this.#health.verdict(error.provider);
    if (call.requests.isCommitted) return "fail";
    // Of several that raced, the one whose error counts.
    return { action: actionAfter(error, plan.retry !== undefined), target: error.provider };
  }

  /** The error that the caller gets. */
  #final(call: OutgoingCall, error: unknown): unknown {
    const { delivered } = call;
    if (error instanceof RpcError && error.delivered !== delivered && delivered === "maybe") {
      // The last attempt was not started, but an earlier one, or one that raced, may have been.
      const { kind, message, provider, code } = error;
      const text = message.slice(message.indexOf("] ") + 2);
      return new RpcError(kind, text, { cause: error, delivered, provider, code });
    }
    if (!(error instanceof ResilienceError)) return error;
    if (error.kind === "timeout" && call.lastError === undefined && delivered === "never") {
      const { directory } = this.#parts;
      if (directory.compatible(call.service, call.version).length === 0) {
        return this.#search.noRoute(call);
      }
    }
    return new RpcError("timeout", `"${call.service}" had no answer within ${call.deadlineMs} ms`, {
      cause: call.lastError,
      delivered,
      provider: call.lastError instanceof RpcError ? call.lastError.provider : undefined,
    });
  }
}
