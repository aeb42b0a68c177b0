import type { NodeId } from "@selvage/core";

import type { DaemonEvent } from "../daemon/daemon-event.ts";
import type { Delivery } from "../daemon/delivery.ts";
import { compareTerms, type Term } from "../daemon/term.ts";
import type { CommandSigner } from "./command-signer.ts";
import type { GroupId } from "./group-id.ts";
import type { HostCommandKind } from "./host-command.ts";
import { decodeHostStatus, decodeMemberStatus } from "./host-status-codec.ts";
import type { HostStatus, MemberStatus } from "./host-status.ts";
import type { HostCallOptions, MemberHost } from "./member-host.ts";
import type { MemberRef } from "./member-ref.ts";
import { decodeReports, encodeReportIds, type KeptReport } from "./reports-codec.ts";
import { encodeSpawnOrder } from "./spawn-order-codec.ts";
import type { SpawnOrder } from "./spawn-order.ts";

/** Which instance of a group's member is meant. */
export type InstanceRef = Pick<MemberRef, "slot" | "incarnation">;

/** Something to ask of a host, for which there is no method. */
export interface CommandRequest extends Partial<InstanceRef> {
  readonly kind: HostCommandKind;
  readonly payload?: Uint8Array | undefined;
}

/** The parts of a {@link GroupCommander}. */
export interface GroupCommanderParts {
  readonly hosts: MemberHost;
  readonly signer: CommandSigner;
  /** Under whose authority; nobody else may use the same one. */
  readonly term: Term;
}

const NOTHING: Uint8Array = new Uint8Array();

/**
 * Speaks for one group to the nodes of its members: numbers and signs commands and reads answers.
 * Everything throws as {@link MemberHost} does.
 */
export class GroupCommander {
  readonly group: GroupId;
  readonly #hosts: MemberHost;
  readonly #signer: CommandSigner;
  #term: Term;
  #sequence = 0;

  constructor({ hosts, signer, term }: GroupCommanderParts) {
    this.group = signer.group;
    this.#hosts = hosts;
    this.#signer = signer;
    this.#term = term;
  }

  /** The term of all that is asked from now on. */
  get term(): Term {
    return this.#term;
  }

  /**
   * Goes on under a higher term.
   *
   * @throws RangeError for one that is not higher.
   */
  raiseTerm(term: Term): void {
    if (compareTerms(term, this.#term) <= 0) {
      throw new RangeError(`term ${term.number} is not above ${this.#term.number}`);
    }
    this.#term = term;
  }

  /** Lets a node make a member. Asked again with the same incarnation it tells of the same instance. */
  async spawn(
    to: NodeId,
    instance: InstanceRef,
    order: SpawnOrder,
    options?: HostCallOptions,
  ): Promise<MemberStatus> {
    const payload = encodeSpawnOrder(order);
    return decodeMemberStatus(await this.ask(to, { kind: "spawn", ...instance, payload }, options));
  }

  /** Lets a node end an instance, and those before it. Fine if there is none. */
  async remove(to: NodeId, instance: InstanceRef, options?: HostCallOptions): Promise<void> {
    await this.ask(to, { kind: "remove", ...instance }, options);
  }

  /** What a node has of the group. From then on it heeds no lower term. */
  async status(to: NodeId, options?: HostCallOptions): Promise<HostStatus> {
    return decodeHostStatus(await this.ask(to, { kind: "status" }, options));
  }

  /** The state of a member; `undefined` if it has none. */
  async snapshot(
    to: NodeId,
    instance: InstanceRef,
    options?: HostCallOptions,
  ): Promise<Uint8Array | undefined> {
    const state = await this.ask(to, { kind: "snapshot", ...instance }, options);
    return state.length > 0 ? state : undefined;
  }

  /** Gives a member a state. */
  async restore(
    to: NodeId,
    instance: InstanceRef,
    state: Uint8Array,
    options?: HostCallOptions,
  ): Promise<void> {
    await this.ask(to, { kind: "restore", ...instance, payload: state }, options);
  }

  /** What members at a node handed over. */
  async reports(to: NodeId, options?: HostCallOptions): Promise<readonly KeptReport[]> {
    return decodeReports(await this.ask(to, { kind: "reports" }, options));
  }

  /** Lets a node forget reports. */
  async acknowledgeReports(
    to: NodeId,
    ids: readonly number[],
    options?: HostCallOptions,
  ): Promise<void> {
    await this.ask(to, { kind: "ack-reports", payload: encodeReportIds(ids) }, options);
  }

  /** Asks a node for anything, and gives its answer as it came. */
  ask(to: NodeId, request: CommandRequest, options?: HostCallOptions): Promise<Uint8Array> {
    const { kind, slot = 0, incarnation = 0, payload = NOTHING } = request;
    this.#sequence++;
    const command = { kind, to, term: this.#term, slot, incarnation, sequence: this.#sequence };
    return this.#hosts.command(to, this.#signer.sign(command, payload), options);
  }

  /** Delivers an event to a member. */
  deliver(
    to: NodeId,
    instance: InstanceRef,
    event: DaemonEvent,
    options?: HostCallOptions,
  ): Promise<Delivery> {
    const delivery = { group: this.group, ...instance, term: this.#term, event };
    return this.#hosts.deliver(to, delivery, options);
  }
}
