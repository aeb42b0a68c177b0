import { type Clock, type NodeId, systemClock } from "@selvage/core";

import type { Delivery } from "../daemon/delivery.ts";
import { answerWithin } from "./answer-within.ts";
import type { SignedCommand } from "./host-command.ts";
import type { MemberCaller } from "./hosted-member.ts";
import type { LocalMemberHost } from "./local-member-host.ts";
import type { HostCallOptions, MemberDelivery, MemberHost, MemberMessage } from "./member-host.ts";

/** The parts of a {@link RoutedMemberHost}. */
export interface RoutedMemberHostParts {
  /** The members at this node. */
  readonly local: LocalMemberHost;
  /** Reaches all other nodes. */
  readonly remote: MemberHost;
  /** Default the real one. */
  readonly clock?: Clock | undefined;
}

/** All nodes, this one included: what is for this node goes no detour. */
export class RoutedMemberHost implements MemberHost {
  readonly #local: LocalMemberHost;
  readonly #remote: MemberHost;
  readonly #clock: Clock;

  constructor({ local, remote, clock = systemClock }: RoutedMemberHostParts) {
    this.#local = local;
    this.#remote = remote;
    this.#clock = clock;
  }

  command(to: NodeId, command: SignedCommand, options: HostCallOptions = {}): Promise<Uint8Array> {
    if (to !== this.#local.nodeId) return this.#remote.command(to, command, options);
    return this.#here(options, (caller) => this.#local.command(command, caller));
  }

  deliver(to: NodeId, delivery: MemberDelivery, options: HostCallOptions = {}): Promise<Delivery> {
    if (to !== this.#local.nodeId) return this.#remote.deliver(to, delivery, options);
    return this.#here(options, (caller) => this.#local.deliver(delivery, caller));
  }

  send(to: NodeId, message: MemberMessage, options: HostCallOptions = {}): Promise<Uint8Array> {
    if (to !== this.#local.nodeId) return this.#remote.send(to, message, options);
    return this.#here(options, (caller) => this.#local.message(message, caller));
  }

  #here<T>(options: HostCallOptions, ask: (caller: MemberCaller) => Promise<T>): Promise<T> {
    const { nodeId } = this.#local;
    return answerWithin(this.#clock, nodeId, options, (signal) => ask({ nodeId, signal }));
  }
}
