import type { Clock, NodeId, Random } from "@selvage/core";
import {
  type BreakerLease,
  type BreakerState,
  CircuitBreaker,
  DEFAULT_MAX_RESET_AFTER_MS,
  DEFAULT_RESET_AFTER_MS,
} from "@selvage/resilience";
import type { Transport } from "@selvage/transport";

import { type BootIdOf, isReplaced } from "./boot-ids.ts";

/** Pairs of a service and a provider whose failures are remembered. */
const MAX_REMEMBERED = 4_096;

/** What the breakers work with. */
export interface ProviderBreakersParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Pick<Transport, "onPeer" | "peer">;
  readonly bootIdOf: BootIdOf;
  /** What an outcome says of a service at a provider; `undefined`: nothing. */
  readonly verdictOf: (outcome: string) => "success" | "failure" | undefined;
}

interface Entry {
  readonly breaker: CircuitBreaker;
  /** The process that failed. */
  readonly bootId: string | undefined;
  /** When it changed its state last; `undefined` while it never has. */
  changedAt: number | undefined;
  failedAt: number;
  /** A call made before its time because there was nobody else to call. */
  early: EarlyLease | undefined;
}

/** The permission to make a call although the breaker is open. */
interface EarlyLease extends BreakerLease {
  readonly until: number;
}

/**
 * One circuit breaker per service and provider, for what answers wrongly or too late at a node that
 * is otherwise well; lost nodes are the business of their health. There is a breaker only from the
 * first failure on, so that calls which succeed have next to nothing to do with it.
 */
export class ProviderBreakers implements Disposable {
  readonly #parts: ProviderBreakersParts;
  readonly #nodes: Map<NodeId, Map<string, Entry>> = new Map();
  readonly #subscription: Disposable;
  #size = 0;

  constructor(parts: ProviderBreakersParts) {
    this.#parts = parts;
    this.#subscription = parts.transport.onPeer(({ type, peer }) => {
      // What went wrong before says nothing about a node that was out of reach meanwhile.
      if (type === "recovered") this.#forget(peer.nodeId);
    });
  }

  /** There is nothing to ask: every provider answers. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Whether the provider may not be called now, unless there is nobody else. */
  isOpen(service: string, nodeId: NodeId): boolean {
    if (this.#size === 0) return false;
    const known = this.#entryOf(service, nodeId);
    return known !== undefined && (known.breaker.retryAfterMs > 0 || this.#isTriedOut(known));
  }

  /** The breaker's state, and for how long it admits no call, in milliseconds. */
  stateOf(service: string, nodeId: NodeId): { state: BreakerState; retryAfterMs: number } {
    const { state = "closed", retryAfterMs = 0 } = this.#entryOf(service, nodeId)?.breaker ?? {};
    return { state, retryAfterMs };
  }

  /**
   * Of providers with an open breaker the one that failed least recently, which may be called
   * before its time if there is nobody else; `undefined` if each is being tried out already.
   */
  leastRecentlyFailed<P extends { readonly nodeId: NodeId }>(
    service: string,
    providers: readonly P[],
  ): P | undefined {
    let found: P | undefined;
    let failedAt = Number.POSITIVE_INFINITY;
    for (const provider of providers) {
      const known = this.#entryOf(service, provider.nodeId);
      if (known === undefined) return provider;
      if (known.failedAt >= failedAt || this.#isTriedOut(known)) continue;
      [found, failedAt] = [provider, known.failedAt];
    }
    return found;
  }

  /**
   * Takes the leave to call a provider that is not open, or that {@link leastRecentlyFailed} names.
   *
   * @param leaseMs How long the call may take, if it is the one that tries an ailing provider.
   * @returns `undefined` if nothing speaks against the provider.
   */
  admit(service: string, nodeId: NodeId, leaseMs: number): BreakerLease | undefined {
    if (this.#size === 0) return undefined;
    const known = this.#entryOf(service, nodeId);
    if (known === undefined) return undefined;
    const boundMs = Math.max(0, leaseMs);
    if (known.breaker.retryAfterMs === 0) return known.breaker.admit({ leaseMs: boundMs });
    return (known.early = this.#earlyLease(known, boundMs));
  }

  /**
   * A streamed answer has begun: that is all that a call which tries an ailing provider is to find
   * out. Gives the lease with which the end of any other stream is told.
   */
  answered(lease: BreakerLease | undefined): BreakerLease | undefined {
    if (lease?.isProbe !== true) return lease;
    lease.success();
    return undefined;
  }

  /** An attempt is over; `lease` is what it was admitted with. */
  ended(service: string, nodeId: NodeId, outcome: string, lease: BreakerLease | undefined): void {
    if (this.#size === 0 && outcome === "ok") return;
    const verdict = this.#verdictOf(nodeId, outcome);
    if (verdict === undefined) {
      lease?.release();
      return;
    }
    const known = this.#entryOf(service, nodeId);
    if (verdict === "failure" && known !== undefined) known.failedAt = this.#parts.clock.now();
    if (lease !== undefined) lease[verdict]();
    // It began before there was a breaker, and is too late if that has opened since.
    else if (verdict === "failure" && known?.changedAt === undefined) {
      (known ?? this.#add(service, nodeId)).breaker.admit().failure();
    }
    if (verdict === "success" && known !== undefined && this.#isCalm(known)) {
      this.#delete(service, nodeId);
    }
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#nodes.clear();
    this.#size = 0;
  }

  /** Whether a call is under way that decides. */
  #isTriedOut({ early, breaker }: Entry): boolean {
    if (breaker.state === "half-open") return breaker.retryAfterMs > 0;
    return early !== undefined && early.until > this.#parts.clock.now();
  }

  /** An answer closes the breaker; a failure leaves it as it is. */
  #earlyLease(entry: Entry, leaseMs: number): EarlyLease {
    const { breaker } = entry;
    const end = (): void => {
      if (entry.early === lease) entry.early = undefined;
    };
    const lease: EarlyLease = {
      until: this.#parts.clock.now() + Math.min(leaseMs, DEFAULT_RESET_AFTER_MS),
      isProbe: true,
      success: () => {
        if (entry.early === lease && breaker.state === "open") breaker.reset();
        end();
      },
      failure: end,
      release: end,
    };
    return lease;
  }

  /** After a success it is as if nothing had happened, unless it was open not long ago. */
  #isCalm({ breaker, changedAt }: Entry): boolean {
    if (breaker.state !== "closed") return false;
    return (
      changedAt === undefined || this.#parts.clock.now() - changedAt >= DEFAULT_MAX_RESET_AFTER_MS
    );
  }

  /** Time runs out at whoever has fallen silent, whatever the service. */
  #verdictOf(nodeId: NodeId, outcome: string): "success" | "failure" | undefined {
    if (outcome === "timeout" && this.#parts.transport.peer(nodeId)?.state !== "responsive") {
      return undefined;
    }
    return this.#parts.verdictOf(outcome);
  }

  /** The breaker of the provider's present process. */
  #entryOf(service: string, nodeId: NodeId): Entry | undefined {
    const known = this.#nodes.get(nodeId)?.get(service);
    if (known === undefined || !isReplaced(known.bootId, this.#parts.bootIdOf(nodeId))) {
      return known;
    }
    this.#forget(nodeId);
    return undefined;
  }

  #add(service: string, nodeId: NodeId): Entry {
    const [oldest] = this.#nodes.keys();
    if (this.#size >= MAX_REMEMBERED && oldest !== undefined) this.#forget(oldest);
    const { clock, random, bootIdOf } = this.#parts;
    const breaker = new CircuitBreaker({ clock, random });
    const entry: Entry = {
      breaker,
      bootId: bootIdOf(nodeId),
      changedAt: undefined,
      failedAt: clock.now(),
      early: undefined,
    };
    breaker.onEvent(({ type }) => {
      if (type === "transition") entry.changedAt = clock.now();
    });
    let services = this.#nodes.get(nodeId);
    if (services === undefined) this.#nodes.set(nodeId, (services = new Map()));
    services.set(service, entry);
    this.#size++;
    return entry;
  }

  #delete(service: string, nodeId: NodeId): void {
    const services = this.#nodes.get(nodeId);
    if (services?.delete(service) !== true) return;
    this.#size--;
    if (services.size === 0) this.#nodes.delete(nodeId);
  }

  #forget(nodeId: NodeId): void {
    this.#size -= this.#nodes.get(nodeId)?.size ?? 0;
    this.#nodes.delete(nodeId);
  }
}
