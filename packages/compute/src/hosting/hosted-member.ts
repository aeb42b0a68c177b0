import type { Clock, Logger, NodeId } from "@selvage/core";

import type { DaemonHost } from "../daemon/daemon-host.ts";
import type { Delivery } from "../daemon/delivery.ts";
import type { DaemonHostConfig } from "../daemon/host-config.ts";
import type { Term } from "../daemon/term.ts";
import type { HostCommand } from "./host-command.ts";
import type { MemberDelivery, MemberHost, MemberMessage } from "./member-host.ts";
import type { MemberRef } from "./member-ref.ts";

/** Who asks a member for something. */
export interface MemberCaller {
  /** The node that it came from, as its session proves. */
  readonly nodeId: NodeId;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal | undefined;
}

/** What a member is made of. */
export interface MemberParts {
  readonly ref: MemberRef;
  /** The node that it is on. */
  readonly nodeId: NodeId;
  /** The term under which it was spawned. */
  readonly term: Term;
  /** Its daemon. */
  readonly host: DaemonHost;
  /** Limits of its daemon. */
  readonly hostConfig: DaemonHostConfig;
  /** What the program was told when the member was spawned. */
  readonly config: Uint8Array;
  /** To reach other members. */
  readonly peers: MemberHost;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Keeps a report at this node until the coordinator acknowledged it, even if the member is gone by
   * then.
   *
   * @throws {@link ComputeError} with kind `buffer-full`.
   */
  readonly keepReport: (report: Uint8Array) => void;
}

/** Why a member ends. */
export type MemberEnd =
  /** The coordinator said so. */
  | "removed"
  /** A later instance takes its place on this node. */
  | "replaced"
  /** The node shuts down. */
  | "closed";

/**
 * One member on its node, as its host sees it. The host has checked who commands, which instance is
 * meant and that no later term is known before any of this is called.
 */
export interface HostedMember {
  /** Takes an event. */
  deliver(delivery: MemberDelivery, caller: MemberCaller): Delivery | Promise<Delivery>;
  /** What only members of this program know of themselves, for the status of the host. */
  describe?(): Uint8Array;
  /** Its state, for {@link HostedMember.restore}; `undefined` if it has none. */
  snapshot(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Takes over a state. */
  restore(state: Uint8Array): void | Promise<void>;
  /** A command that is not the host's own; default `bad-command`. */
  command?(
    command: HostCommand,
    payload: Uint8Array,
    caller: MemberCaller,
  ): Uint8Array | Promise<Uint8Array>;
  /** What another member says; default `bad-command`. */
  message?(message: MemberMessage, caller: MemberCaller): Uint8Array | Promise<Uint8Array>;
  /** The host has seen a higher term, in a signed command. */
  onTerm?(term: Term): void;
  /** It gets nothing more. Whatever it has to hand over it keeps as a report before this returns. */
  end(why: MemberEnd): void;
}

/** How a kind of member works; `solo` for replicas and forks. */
export type MemberProgram = (parts: MemberParts) => HostedMember;
