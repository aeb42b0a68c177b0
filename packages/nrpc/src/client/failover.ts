import {
  type Clock,
  deliveredOf,
  type Logger,
  type NodeId,
  type Random,
  randomBetween,
} from "@selvage/core";
import { hedge, retry } from "@selvage/resilience";
import type { AttemptContext, RetryAction, RetryVerdict } from "@selvage/resilience";
import type { Transport } from "@selvage/transport";

import type { RpcClientStats } from "../client-stats.ts";
import type { AnyContract } from "../contract.ts";
import { DEFAULT_MOVE_JITTER_MS } from "../defaults.ts";
import { RpcError } from "../errors.ts";
import { bootIdsOf } from "../selection/boot-ids.ts";
import type { Directory } from "../selection/directory.ts";
import { ProviderBreakers } from "../selection/provider-breakers.ts";
import { ProviderHealth } from "../selection/provider-health.ts";
import { ProviderLoads } from "../selection/provider-loads.ts";
import { ProviderPicker } from "../selection/provider-picker.ts";
import { RetryBudgets } from "../selection/retry-budgets.ts";
import { createSelectors, type Selectors } from "../selection/selectors.ts";
import { WarmSessions } from "../selection/warm-sessions.ts";
import { BegunReplies } from "./begun-replies.ts";
import type { AttemptAction } from "./call-event.ts";
import type { ServiceCallOptions } from "./call-options.ts";
import { type CallPlan, planCall } from "./call-plan.ts";
import { actionAfter, actionInPlace, breakerVerdict } from "./failure-table.ts";
import { finalError } from "./final-error.ts";
import { MovableAttempts } from "./movable-attempts.ts";
import type { OutgoingCall } from "./outgoing-call.ts";
import { singleRequest } from "./outgoing-requests.ts";
import { ProviderSearch, type Reached } from "./provider-search.ts";
import type { Reply } from "./reply.ts";
import { dialProvider } from "./session-race.ts";
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
  readonly #breakers: ProviderBreakers;
  readonly #budgets = new RetryBudgets();
  readonly #loads: ProviderLoads;
  readonly #search: ProviderSearch;
  readonly #warm: WarmSessions;
  /** All attempts under way, pinned ones too. */
  readonly attempts: MovableAttempts;
  readonly #changes: WaitForChange;
  readonly #selectors: Selectors;

  constructor(parts: FailoverParts) {
    const { transport, clock, random, directory } = parts;
    this.#parts = parts;
    const bootIdOf = bootIdsOf(transport, directory);
    const health = new ProviderHealth(clock, bootIdOf);
    const loads = new ProviderLoads(clock);
    const breakers = new ProviderBreakers({
      clock,
      random,
      transport,
      bootIdOf,
      verdictOf: breakerVerdict,
    });
    const changes = new WaitForChange(clock, transport, directory);
    const picker = new ProviderPicker({ transport, health, breakers, random });
    this.#health = health;
    this.#loads = loads;
    this.#breakers = breakers;
    this.#changes = changes;
    this.#search = new ProviderSearch({
      transport,
      clock,
      directory,
      bootIdOf,
      health,
      breakers,
      changes,
      picker,
    });
    this.attempts = new MovableAttempts({ clock, transport, changes, health, loads, breakers });
    this.#selectors = createSelectors(loads, random);
    this.#warm = new WarmSessions({
      clock,
      random,
      transport,
      directory,
      health,
      onChange: (fn) => changes.on(fn),
      dial: async (provider) => (await dialProvider(transport, provider)) !== undefined,
    });
  }

  /**
   * Runs a call to its answer.
   *
   * @throws {@link RpcError}; the signal's reason when it aborted.
   */
  run(call: OutgoingCall, contract: AnyContract, options: ServiceCallOptions): Promise<Reply> {
    const plan = planCall(options, contract, this.#selectors);
    this.#warm.called(call.service, call.version, plan.filter);
    const peer = plan.hedge === undefined ? this.#search.ready(call, plan) : undefined;
    if (peer === undefined) return this.#persist(call, plan);
    // Most calls succeed at once, and need nothing of what follows a failure.
    const lease = this.#search.admit(call, plan, peer.nodeId);
    return this.#attempt({ peer, lease }, call, plan, plan.signal, "first").then(
      (reply) => {
        this.#budgets.earn(call.service);
        return reply;
      },
      (error: unknown) => {
        plan.signal?.throwIfAborted();
        if (call.remainingMs() <= 0 || call.requests.isCommitted) throw error;
        return this.#persist(call, plan, { error, nodeId: peer.nodeId });
      },
    );
  }

  /** What the calls made so far have taught. */
  stats(): Omit<RpcClientStats, "inFlight"> {
    const providers = Array.from(this.#loads.all(), (load) => {
      const { state, retryAfterMs } = this.#breakers.stateOf(load.service, load.nodeId);
      return { ...load, breaker: state, retryAfterMs };
    });
    const retryBudgets = Object.fromEntries(this.#budgets.left());
    return { providers, penalties: this.#health.penalties(), retryBudgets };
  }

  [Symbol.dispose](): void {
    this.attempts[Symbol.dispose]();
    this.#warm[Symbol.dispose]();
    this.#breakers[Symbol.dispose]();
    this.#changes[Symbol.dispose]();
  }

  /** Tries until there is an answer or no sense in going on; `failed` is a first try's failure. */
  async #persist(
    call: OutgoingCall,
    plan: CallPlan,
    failed?: { readonly error: unknown; readonly nodeId: NodeId },
  ): Promise<Reply> {
    const { clock, random } = this.#parts;
    const throttle = { isSpent: false };
    const begun = new BegunReplies();
    let next: AttemptAction = "first";
    try {
      const policy = retry<NodeId>({
        ...plan.retry,
        maxAttempts: plan.retry === undefined ? 1 : plan.retry.maxAttempts,
        deadlineMs: Math.max(0, call.remainingMs()),
        maybeDelivered: plan.isSafe || plan.repeatsInPlace,
        classify: (error) => this.#judge(call, plan, throttle, error),
        clock,
        random,
      });
      policy.onEvent(({ type }) => {
        if (type === "give-up") return;
        next = type;
        if (type === "move") {
          call.moves++;
        } else {
          call.retries++;
          this.#budgets.spend(call.service);
        }
      });
      const reply = await policy.execute(
        (context) => {
          if (failed === undefined || context.attempt > 1)
            return begun.watch(this.#tryOnce(call, plan, context, next, begun));
          context.use(failed.nodeId);
          return Promise.reject(failed.error);
        },
        { signal: plan.signal },
      );
      // A race has done so itself.
      if (!isRaced(call, plan)) this.#budgets.earn(call.service);
      begun.end(reply);
      return reply;
    } catch (error) {
      begun.end();
      const note = throttle.isSpent ? ` (no retry: too many calls of "${call.service}" fail)` : "";
      throw finalError(call, error, note, () =>
        this.#search.candidates(call, plan).length === 0
          ? this.#search.noRoute(call, plan)
          : undefined,
      );
    }
  }

  /** One attempt on one provider, or a race of several. */
  async #tryOnce(
    call: OutgoingCall,
    plan: CallPlan,
    context: AttemptContext<NodeId>,
    action: AttemptAction,
    begun: BegunReplies,
  ): Promise<Reply> {
    if (plan.hedge === undefined || !isRaced(call, plan)) {
      return await this.#leg(call, plan, context, context.signal, new Set(), action);
    }
    const racing = new Set<NodeId>();
    const policy = hedge({
      hedges: plan.hedge.hedges,
      delayMs: plan.hedge.delayMs ?? this.attempts.latencies.of(call.service).hedgeDelay(),
      budget: this.#budgets.of(call.service),
      // A handler's own word; whatever else goes wrong at one provider may go well at another.
      isFinal: (error) =>
        error instanceof RpcError &&
        error.delivered === "maybe" &&
        actionAfter(error, true) === "fail",
      clock: this.#parts.clock,
    });
    return await policy.execute(
      ({ index, signal }) => {
        if (index > 0) call.hedges++;
        const own = index > 0 ? "hedge" : action;
        return begun.watch(this.#leg(call, plan, context, signal, racing, own));
      },
      { signal: context.signal },
    );
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
    const reached = await this.#search.reach(call, plan, context, signal, racing);
    racing.add(reached.peer.nodeId);
    context.use(reached.peer.nodeId);
    return await this.#attempt(reached, call, plan, signal, action);
  }

  #attempt(
    { peer, lease }: Reached,
    call: OutgoingCall,
    plan: CallPlan,
    signal: AbortSignal | undefined,
    action: AttemptAction,
  ): Promise<Reply> {
    const mayMove = plan.isSafe && plan.retry !== undefined && plan.filterUnhealthy;
    const attempt = this.attempts.run(peer, call, {
      signal,
      lease,
      timeoutMs: plan.attemptTimeoutMs,
      action,
      alternatives: mayMove
        ? () => !call.requests.isCommitted && this.#search.hasAlternative(call, plan, peer.nodeId)
        : undefined,
    });
    if (!plan.repeatsInPlace) return attempt;
    // By the time that it fails, another process may have taken the node's place.
    const { nodeId, bootId } = peer;
    return attempt.catch((error: unknown) => {
      if (deliveredOf(error) === "maybe") call.boundTo ??= { nodeId, bootId };
      throw error;
    });
  }

  #judge(
    call: OutgoingCall,
    plan: CallPlan,
    throttle: { isSpent: boolean },
    error: unknown,
  ): RetryAction | RetryVerdict<NodeId> {
    call.lastError = error;
    // What no provider said is the word of the search, which does not give up too early.
    if (!(error instanceof RpcError) || error.provider === undefined) return "fail";
    if (call.requests.isCommitted) return "fail";
    const action =
      call.boundTo === undefined
        ? actionAfter(error, plan.retry !== undefined)
        : actionInPlace(error);
    throttle.isSpent = action === "retry" && !this.#budgets.allows(call.service);
    // Of several that raced, the one whose error counts.
    return { action: throttle.isSpent ? "fail" : action, target: error.provider };
  }
}

/** Whether several providers may run the call at once. */
const isRaced = ({ requests }: OutgoingCall, { hedge: race, isSafe }: CallPlan): boolean =>
  race !== undefined && isSafe && requests === singleRequest;
