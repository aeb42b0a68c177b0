import type { NodeId } from "@selvage/core";

import type { DaemonEvent } from "../daemon/daemon-event.ts";
import type { Delivery } from "../daemon/delivery.ts";
import type { Term } from "../daemon/term.ts";
import type { SignedCommand } from "./host-command.ts";
import type { MemberRef } from "./member-ref.ts";

/** Options of everything that is asked of a host. */
export interface HostCallOptions {
  /** Ends the wait; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Bounds the wait, in milliseconds; default {@link DEFAULT_HOST_DEADLINE_MS}. */
  readonly deadlineMs?: number | undefined;
}

/** An event on its way to a member. */
export interface MemberDelivery extends MemberRef {
  /** The term that the sender knows; a lower one than the member has seen is refused. */
  readonly term: Term;
  readonly event: DaemonEvent;
}

/** What one member says to another one. */
export interface MemberMessage extends MemberRef {
  /** What it is about, such as `store`. */
  readonly kind: string;
  /** The term that the sender acts in. */
  readonly term: Term;
  /** Who sends it. The node that it comes from is known by other means. */
  readonly from: { readonly slot: number; readonly incarnation: number };
  /** May be large, such as a snapshot. */
  readonly payload: Uint8Array;
}

/**
 * The nodes that members of groups live on. All of it may be repeated: what was done already is
 * answered as it was then.
 *
 * Everything fails with a {@link ComputeError} that says whether it was `delivered`: `never` if the
 * host certainly did nothing. Kinds besides those of the host itself: `host-unreachable` and `timeout`.
 */
export interface MemberHost {
  /**
   * Lets a node do something as the coordinator of a group says, and gives its answer.
   *
   * @throws {@link ComputeError} with kind `group-not-allowed`, `bad-signature`, `bad-command` or
   * `stale-term`, and with those of the command.
   */
  command(to: NodeId, command: SignedCommand, options?: HostCallOptions): Promise<Uint8Array>;
  /**
   * Delivers an event to a member.
   *
   * @throws {@link ComputeError} with kind `not-found` if the member is not there, `stale-term` if a
   * later instance or term is known there, and as {@link DaemonHost.deliver} does.
   */
  deliver(to: NodeId, delivery: MemberDelivery, options?: HostCallOptions): Promise<Delivery>;
  /**
   * Tells a member something on behalf of another one, and gives its answer.
   *
   * @throws {@link ComputeError} with kind `not-found` or `stale-term` as {@link deliver} does, and
   * with those of the member.
   */
  send(to: NodeId, message: MemberMessage, options?: HostCallOptions): Promise<Uint8Array>;
}
