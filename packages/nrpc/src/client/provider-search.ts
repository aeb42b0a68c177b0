import { type Clock, deferred, type NodeId } from "@selvage/core";
import type { AttemptContext, BreakerLease } from "@selvage/resilience";
import type { Peer, Transport } from "@selvage/transport";

import { RpcError } from "../errors.ts";
import type { BootIdOf } from "../selection/boot-ids.ts";
import { noProvider, type ProviderList } from "../selection/no-provider.ts";
import type { ProviderBreakers } from "../selection/provider-breakers.ts";
import type { ProviderSource } from "../selection/provider-filter.ts";
import type { ProviderHealth } from "../selection/provider-health.ts";
import type { ProviderPicker } from "../selection/provider-picker.ts";
import type { Provider } from "../selection/provider.ts";
import type { CallPlan } from "./call-plan.ts";
import type { OutgoingCall } from "./outgoing-call.ts";
import { raceSessions } from "./session-race.ts";
import type { WaitForChange } from "./wait-for-change.ts";

/** What the search works with. */
export interface ProviderSearchParts {
  readonly transport: Pick<Transport, "connect" | "peer">;
  readonly clock: Clock;
  readonly directory: ProviderList & ProviderSource;
  readonly bootIdOf: BootIdOf;
  readonly picker: ProviderPicker;
  readonly health: ProviderHealth;
  readonly breakers: ProviderBreakers;
  readonly changes: WaitForChange;
}

/** A session with the provider that a call goes to, and the leave to make it. */
export interface Reached {
  readonly peer: Peer;
  /** `undefined` if nothing speaks against the provider. */
  readonly lease: BreakerLease | undefined;
}

/** Finds the provider that a call goes to next, and a session with it. */
export class ProviderSearch {
  readonly #parts: ProviderSearchParts;

  constructor(parts: ProviderSearchParts) {
    this.#parts = parts;
  }

  /** The picked provider, if a session with it stands: the ordinary case. */
  ready(call: OutgoingCall, plan: CallPlan): Peer | undefined {
    const { transport, picker } = this.#parts;
    const { service } = call;
    const first = picker.first(service, this.candidates(call, plan), plan);
    if (first === undefined || picker.isOpen(service, first.nodeId)) return undefined;
    if (plan.filterUnhealthy && picker.isSilent(first.nodeId)) return undefined;
    const peer = transport.peer(first.nodeId);
    return peer?.state === "failed" ? undefined : peer;
  }

  /**
   * A session with the provider to use next; under `retry` it waits for one to appear.
   *
   * @param racing Providers that other attempts of the call use.
   */
  async reach(
    call: OutgoingCall,
    plan: CallPlan,
    context: AttemptContext<NodeId>,
    signal: AbortSignal,
    racing: ReadonlySet<NodeId>,
  ): Promise<Reached> {
    const { transport, clock, picker, health, breakers, changes } = this.#parts;
    for (let waits = 0; ; waits++) {
      const all = this.#remaining(call, plan);
      const left = all.filter(({ nodeId }) => !context.excluded.has(nodeId) && !racing.has(nodeId));
      const ordered = this.#choice(call.service, left, plan);
      if (ordered.length > 0 && !this.#excludesTheBest(all, ordered, plan, racing)) {
        try {
          const onUnreachable = (nodeId: NodeId): void => health.verdict(nodeId);
          const parts = { transport, clock, onUnreachable };
          const dialled = raceSessions(parts, call.service, ordered, signal);
          const silent =
            plan.retry === undefined ? [] : all.filter((p) => picker.isSilent(p.nodeId));
          const peer = await this.#orRevived(dialled, silent, racing);
          assertSame(call, peer);
          // Another call may be trying it out by now.
          if (breakers.leastRecentlyFailed(call.service, [peer]) !== undefined) {
            return { peer, lease: this.admit(call, plan, peer.nodeId) };
          }
          throw allTriedOut(call, [peer]);
        } catch (error) {
          signal.throwIfAborted();
          call.lastError = error;
          if (plan.retry === undefined) throw error;
        }
      } else {
        const isTriedOut = ordered.length === 0 && left.length > 0;
        const error = isTriedOut ? allTriedOut(call, left) : undefined;
        if (plan.retry === undefined || racing.size > 0) {
          if (call.lastError instanceof Error) throw call.lastError;
          throw error ?? this.noRoute(call, plan);
        }
        call.lastError ??= error;
      }
      await changes.wait(waits, signal);
      if (all.length > 0) context.liftExclusions();
    }
  }

  /** The {@link candidates}, or of these the one process that may be asked again. */
  #remaining(call: OutgoingCall, plan: CallPlan): readonly Provider[] {
    const { boundTo } = call;
    const all = this.candidates(call, plan);
    if (boundTo === undefined) return all;
    const bound = all.filter(({ nodeId }) => nodeId === boundTo.nodeId);
    for (const { nodeId, bootId } of bound) {
      // What was announced may be older than the session.
      assertSame(call, { nodeId, bootId: this.#parts.bootIdOf(nodeId) ?? bootId });
    }
    return bound;
  }

  /** Takes the leave to call a provider, of which {@link ready} or {@link reach} said that it is to be had. */
  admit(call: OutgoingCall, plan: CallPlan, nodeId: NodeId): BreakerLease | undefined {
    const { breakers } = this.#parts;
    if (breakers.isEmpty) return undefined;
    const leaseMs = Math.min(plan.attemptTimeoutMs, call.remainingMs());
    return breakers.admit(call.service, nodeId, leaseMs);
  }

  /**
   * A handshake may take seconds: if a provider that was silent shows signs of life meanwhile, it
   * gets the call at once.
   */
  async #orRevived(
    dialled: Promise<Peer>,
    silent: readonly Provider[],
    racing: ReadonlySet<NodeId>,
  ): Promise<Peer> {
    if (silent.length === 0) return await dialled;
    const { transport, picker, changes } = this.#parts;
    const revived = deferred<Peer>();
    const watch = changes.on(() => {
      for (const { nodeId } of silent) {
        const peer = transport.peer(nodeId);
        if (peer !== undefined && !racing.has(nodeId) && !picker.isSilent(nodeId)) {
          revived.resolve(peer);
        }
      }
    });
    try {
      return await Promise.race([dialled, revived.promise]);
    } finally {
      watch[Symbol.dispose]();
    }
  }

  /** Whether only silent providers are left, while one that failed earlier shows signs of life. */
  #excludesTheBest(
    all: readonly Provider[],
    [first]: readonly Provider[],
    plan: CallPlan,
    racing: ReadonlySet<NodeId>,
  ): boolean {
    if (plan.retry === undefined || !plan.filterUnhealthy || racing.size > 0) return false;
    if (first === undefined || !this.#parts.picker.isSilent(first.nodeId)) return false;
    return all.some(({ nodeId }) => !this.#parts.picker.isSilent(nodeId));
  }

  /** Whom to try, in order; if the breakers of all are open, at most one. */
  #choice(service: string, left: readonly Provider[], plan: CallPlan): readonly Provider[] {
    const { picker, breakers } = this.#parts;
    const ordered = picker.order(service, left, plan);
    const [first] = ordered;
    if (first === undefined || !picker.isOpen(service, first.nodeId)) return ordered;
    const early = breakers.leastRecentlyFailed(service, left);
    return early === undefined ? [] : [early];
  }

  /** The providers that the call may go to. */
  candidates(call: OutgoingCall, { filter }: CallPlan): readonly Provider[] {
    const { directory } = this.#parts;
    return filter === undefined
      ? directory.compatible(call.service, call.version)
      : filter.apply(directory, call.service, call.version);
  }

  /**
   * Whether a call that may move has somewhere better to go than a silent provider. One that failed
   * earlier in the same call counts: it may be back. If that cannot be found out, the call is to
   * leave, too: then its own search throws what is wrong, and nobody else's suffers for it.
   */
  hasAlternative(call: OutgoingCall, plan: CallPlan, nodeId: NodeId): boolean {
    const { picker } = this.#parts;
    let candidates: readonly Provider[];
    try {
      candidates = this.candidates(call, plan);
    } catch {
      return true;
    }
    return candidates.some(
      (other) =>
        other.nodeId !== nodeId &&
        !picker.isSilent(other.nodeId) &&
        !picker.isOpen(call.service, other.nodeId),
    );
  }

  /** The error when there is nobody to call. */
  noRoute(call: OutgoingCall, { filter }: CallPlan): RpcError {
    return noProvider(this.#parts.directory, call, filter?.rules);
  }
}

/** The error when every provider failed too often, and other calls find out whether that is over. */
function allTriedOut(
  { service }: OutgoingCall,
  providers: readonly { nodeId: NodeId }[],
): RpcError {
  const names = providers.slice(0, 3).map(({ nodeId }) => nodeId);
  const more =
    providers.length > names.length ? `, and ${providers.length - names.length} more` : "";
  return new RpcError(
    "unavailable",
    `"${service}" failed too often on ${names.join(", ")}${more}: another call tries it out`,
  );
}

/** Of the node that a call is bound to, only the life that may have started it will do. */
function assertSame(
  { boundTo, service, lastError }: OutgoingCall,
  { nodeId, bootId }: { readonly nodeId: NodeId; readonly bootId: string },
): void {
  if (boundTo === undefined || boundTo.bootId === bootId) return;
  const text = `node ${nodeId} was restarted since it may have started "${service}", and knows its key no more`;
  throw new RpcError("unavailable", text, { cause: lastError, delivered: "maybe" });
}
