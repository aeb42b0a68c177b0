import { type Clock, deferred, type NodeId } from "@selvage/core";
import type { AttemptContext } from "@selvage/resilience";
import type { Peer, Transport } from "@selvage/transport";

import { RpcError } from "../errors.ts";
import type { Directory } from "../selection/directory.ts";
import type { ProviderHealth } from "../selection/provider-health.ts";
import type { ProviderPicker } from "../selection/provider-picker.ts";
import type { Provider } from "../selection/provider.ts";
import type { CallPlan } from "./call-plan.ts";
import type { OutgoingCall } from "./outgoing-call.ts";
import { raceSessions } from "./session-race.ts";
import type { WaitForChange } from "./wait-for-change.ts";

/** What the search works with. */
export interface ProviderSearchParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly picker: ProviderPicker;
  readonly health: ProviderHealth;
  readonly changes: WaitForChange;
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
    const [first] = picker.order(call.service, this.candidates(call, plan), plan.selector);
    if (first === undefined || picker.isSilent(first.nodeId)) return undefined;
    return transport.peer(first.nodeId);
  }

  /** A session with the provider to use next; under `retry` it waits for one to appear. */
  async reach(
    call: OutgoingCall,
    plan: CallPlan,
    context: AttemptContext<NodeId>,
    signal: AbortSignal,
    racing: ReadonlySet<NodeId>,
  ): Promise<Peer> {
    const { transport, clock, picker, health, changes } = this.#parts;
    for (let waits = 0; ; waits++) {
      const all = this.candidates(call, plan);
      const left = all.filter(({ nodeId }) => !context.excluded.has(nodeId) && !racing.has(nodeId));
      const ordered = picker.order(call.service, left, plan.selector);
      if (ordered.length > 0 && !this.#excludesTheBest(all, ordered, plan, racing)) {
        try {
          const onUnreachable = (nodeId: NodeId): void => health.verdict(nodeId);
          const parts = { transport, clock, onUnreachable };
          const dialled = raceSessions(parts, call.service, ordered, signal);
          const silent =
            plan.retry === undefined ? [] : all.filter((p) => picker.isSilent(p.nodeId));
          return await this.#orRevived(dialled, silent, racing);
        } catch (error) {
          signal.throwIfAborted();
          call.lastError = error;
          if (plan.retry === undefined) throw error;
        }
      } else if (plan.retry === undefined || racing.size > 0) {
        throw call.lastError instanceof Error ? call.lastError : this.noRoute(call);
      }
      await changes.wait(waits, signal);
      if (all.length > 0) context.liftExclusions();
    }
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
    if (plan.retry === undefined || racing.size > 0) return false;
    if (first === undefined || !this.#parts.picker.isSilent(first.nodeId)) return false;
    return all.some(({ nodeId }) => !this.#parts.picker.isSilent(nodeId));
  }

  /** The providers that the call may go to. */
  candidates(call: OutgoingCall, plan: CallPlan): readonly Provider[] {
    const { directory } = this.#parts;
    const compatible = directory.compatible(call.service, call.version);
    const { trust } = plan;
    return trust === undefined ? compatible : compatible.filter(({ entityId }) => trust(entityId));
  }

  /**
   * Whether a call that may move has somewhere better to go than a silent provider. One that failed
   * earlier in the same call counts: it may be back.
   */
  hasAlternative(call: OutgoingCall, plan: CallPlan, nodeId: NodeId): boolean {
    return this.candidates(call, plan).some(
      (other) => other.nodeId !== nodeId && !this.#parts.picker.isSilent(other.nodeId),
    );
  }

  /** The error when there is nobody to call. */
  noRoute({ service, version }: OutgoingCall): RpcError {
    const { directory } = this.#parts;
    const known = directory.providers(service);
    if (known.length === 0) {
      return new RpcError("no-route", `no provider of "${service}" is known`);
    }
    if (directory.compatible(service, version).length === 0) {
      const offered = [...new Set(known.map(({ offer }) => offer.version))].join(", ");
      const text = `"${service}" is offered in version ${offered}, the caller needs ${version}`;
      return new RpcError("incompatible", text);
    }
    const text = `none of the ${known.length} known providers of "${service}" can be used`;
    return new RpcError("no-route", text);
  }
}
