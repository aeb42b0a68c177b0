import type { NodeId } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import type { EndpointHealth, EndpointStats, EndpointTraits } from "../balancing/endpoint.ts";
import type { LoadBalancer, Reservation } from "../balancing/load-balancer.ts";
import type { RequestContext } from "../balancing/request-context.ts";
import type { DaemonEvent } from "../daemon/daemon-event.ts";
import type { Delivery } from "../daemon/delivery.ts";
import { MAX_ROUTE_ATTEMPTS } from "../defaults.ts";
import { ComputeError, type ComputeErrorKind, isComputeError } from "../errors.ts";
import type { GroupCommander } from "../hosting/group-commander.ts";
import type { HostCallOptions } from "../hosting/member-host.ts";
import type { GroupMember, SlotTable } from "./slot-table.ts";

/** The member that was chosen for a request. */
export interface RoutedMember {
  readonly slot: number;
  readonly incarnation: number;
  readonly nodeId: NodeId;
  readonly originHash: OriginHash;
}

/** What came of an event, and at which member. */
export interface RoutedDelivery extends Delivery {
  readonly member: RoutedMember;
}

/** The parts of a {@link MemberRouter}. */
export interface MemberRouterParts {
  readonly slots: SlotTable;
  readonly balancer: LoadBalancer;
  readonly commander: GroupCommander;
  readonly traitsOf: (nodeId: NodeId) => EndpointTraits;
  /** A node said that it has no such instance. */
  readonly onGone: (member: RoutedMember) => void;
}

/** The node or the way there is to blame, not the event. */
const MEMBER_FAULTS: ReadonlySet<ComputeErrorKind> = new Set<ComputeErrorKind>([
  "host-unreachable",
  "timeout",
  "not-found",
  "stale-term",
  "buffer-full",
  "closed",
]);

/** Hands events to the members of a group that can take them. */
export class MemberRouter {
  readonly #parts: MemberRouterParts;

  constructor(parts: MemberRouterParts) {
    this.#parts = parts;
  }

  /** Keeps in step with a slot. */
  slotChanged({ slot, ...state }: GroupMember): void {
    const { balancer, traitsOf } = this.#parts;
    const id = String(slot);
    if (state.status === "healthy") balancer.replace(id, traitsOf(state.nodeId));
    else balancer.set(id, { enabled: false });
  }

  /** How a member said that it feels, and how busy it is, from 0 to 1. */
  heardOf(
    slot: number,
    { health, saturation }: { readonly health: EndpointHealth; readonly saturation: number },
  ): void {
    this.#parts.balancer.set(String(slot), { health, cpuLoad: saturation });
  }

  /** A slot is no more. */
  slotRemoved(slot: number): void {
    this.#parts.balancer.remove(String(slot));
  }

  /** Figures by slot. */
  stats(): readonly EndpointStats[] {
    return this.#parts.balancer.stats();
  }

  /** @throws {@link ComputeError} with kind `no-healthy-member`. */
  route(context: RequestContext): RoutedMember {
    const id = this.#parts.balancer.select(context);
    if (id === undefined) throw this.#nobody();
    return this.#member(id);
  }

  /** @throws {@link ComputeError} with kind `no-healthy-member`, and as {@link MemberHost.deliver}. */
  async deliver(
    context: RequestContext,
    event: DaemonEvent,
    options: HostCallOptions,
  ): Promise<RoutedDelivery> {
    const { balancer } = this.#parts;
    const tried = new Set<string>();
    let failure: { readonly error: unknown } | undefined;
    while (tried.size < MAX_ROUTE_ATTEMPTS) {
      const reservation = balancer.reserve(context, tried);
      if (reservation === undefined) break;
      tried.add(reservation.id);
      try {
        return await this.#deliverTo(reservation, event, options);
      } catch (error) {
        if (!mayTryAnother(error)) throw error;
        failure = { error };
      }
    }
    throw failure === undefined ? this.#nobody() : failure.error;
  }

  async #deliverTo(
    reservation: Reservation,
    event: DaemonEvent,
    options: HostCallOptions,
  ): Promise<RoutedDelivery> {
    const { commander, onGone } = this.#parts;
    let member: RoutedMember | undefined;
    try {
      member = this.#member(reservation.id);
      const delivery = await commander.deliver(member.nodeId, member, event, options);
      reservation.complete(true);
      return { ...delivery, member };
    } catch (error) {
      if (isComputeError(error)) reservation.complete(!MEMBER_FAULTS.has(error.kind));
      if (member !== undefined && isComputeError(error, "not-found")) onGone(member);
      throw error;
    } finally {
      // Whoever took the request back says nothing about the member.
      reservation[Symbol.dispose]();
    }
  }

  #member(id: string): RoutedMember {
    const slot = Number(id);
    const state = this.#parts.slots.get(slot);
    if (state?.status !== "healthy") throw this.#nobody();
    const { incarnation, nodeId, originHash } = state;
    return { slot, incarnation, nodeId, originHash };
  }

  #nobody(): ComputeError {
    const { group } = this.#parts.commander;
    return new ComputeError("no-healthy-member", `no member of group ${group} can take it`, {
      delivered: "never",
    });
  }
}

function mayTryAnother(error: unknown): boolean {
  return isComputeError(error) && error.delivered === "never" && MEMBER_FAULTS.has(error.kind);
}
