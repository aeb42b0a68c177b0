import { equalBytes } from "@selvage/core";
import { Identity } from "@selvage/identity";

import { CausalChain } from "../causal/causal-chain.ts";
import { respawnSentinel } from "../causal/respawn-sentinel.ts";
import { DaemonHost } from "../daemon/daemon-host.ts";
import type { Delivery } from "../daemon/delivery.ts";
import { ComputeError } from "../errors.ts";
import { makeDaemon } from "../registry/daemon-factory-registry.ts";
import type { DecodedCommand } from "./command-codec.ts";
import { GroupFence } from "./group-fence.ts";
import type { GroupId } from "./group-id.ts";
import type { HostSetup } from "./host-setup.ts";
import { encodeHostStatus, encodeMemberStatus } from "./host-status-codec.ts";
import type { MemberStatus } from "./host-status.ts";
import { HostedInstance, type Making, type RunningMember } from "./hosted-instance.ts";
import type { MemberCaller, MemberEnd } from "./hosted-member.ts";
import { KeptReports } from "./kept-reports.ts";
import type { MemberDelivery, MemberMessage } from "./member-host.ts";
import type { MemberRef } from "./member-ref.ts";
import { decodeReportIds, encodeReports } from "./reports-codec.ts";
import { decodeSpawnOrder } from "./spawn-order-codec.ts";
import type { SpawnOrder } from "./spawn-order.ts";
import { badCommand } from "./wire-fields.ts";

const NOTHING: Uint8Array = new Uint8Array();

/** The members of one group at this node. */
export class HostedGroup {
  readonly fence: GroupFence = new GroupFence();
  readonly reports: KeptReports = new KeptReports();
  readonly #group: GroupId;
  readonly #setup: HostSetup;
  readonly #instances = new Map<number, HostedInstance>();

  constructor(group: GroupId, setup: HostSetup) {
    this.#group = group;
    this.#setup = setup;
  }

  /** Whether there is anything here that must not be forgotten. */
  get isInUse(): boolean {
    return this.#instances.size > 0 || this.reports.count > 0;
  }

  /** Does what a command says that was found to be genuine. */
  async command(
    command: DecodedCommand,
    payload: Uint8Array,
    caller: MemberCaller,
  ): Promise<Uint8Array> {
    this.fence.checkTerm(command.term, command.slot);
    if (this.fence.raise(command.term)) this.#tellTerm();
    switch (command.kind) {
      case "spawn":
        return encodeMemberStatus(await this.#spawn(command, payload));
      case "remove":
        return this.#remove(command);
      case "status":
        return this.#status();
      case "snapshot":
        return await this.#snapshot(command);
      case "reports":
        return encodeReports(this.reports.list());
      case "ack-reports":
        this.reports.acknowledge(decodeReportIds(payload));
        return NOTHING;
      default:
        return await this.#memberCommand(command, payload, caller);
    }
  }

  /** Lets a member take an event. */
  deliver(delivery: MemberDelivery, caller: MemberCaller): Delivery | Promise<Delivery> {
    return this.#member(delivery).member.deliver(delivery, caller);
  }

  /** Lets a member hear another one. */
  message(message: MemberMessage, caller: MemberCaller): Uint8Array | Promise<Uint8Array> {
    const { member } = this.#member(message);
    if (member.message === undefined) {
      throw badCommand(`the member in slot ${message.slot} listens to no messages`);
    }
    return member.message(message, caller);
  }

  /** Ends all members. */
  close(): void {
    for (const slot of [...this.#instances.keys()]) this.#end(slot, "closed");
  }

  async #spawn(command: DecodedCommand, payload: Uint8Array): Promise<MemberStatus> {
    const { slot, incarnation } = command;
    if (incarnation < 1) throw badCommand("a member begins with incarnation 1");
    this.fence.begin(slot, incarnation);
    let instance = this.#instances.get(slot);
    if (instance !== undefined && instance.incarnation < incarnation) {
      this.#end(slot, "replaced");
      instance = undefined;
    }
    if (instance === undefined) {
      const order = decodeSpawnOrder(payload);
      instance = this.#begin(command, order);
    } else if (!equalBytes(instance.orderDigest, command.payloadDigest)) {
      throw badCommand(`incarnation ${incarnation} of slot ${slot} was spawned otherwise`);
    }
    await instance.made;
    const status = instance.status();
    if (status === undefined) {
      throw this.fence.stale(slot, `incarnation ${incarnation} of slot ${slot} has ended`);
    }
    return status;
  }

  #begin(command: DecodedCommand, order: SpawnOrder): HostedInstance {
    const { slot, payloadDigest } = command;
    const instance = new HostedInstance(command, { order, orderDigest: payloadDigest }, (making) =>
      this.#make(command, order, making),
    );
    this.#instances.set(slot, instance);
    instance.made.catch(() => {
      if (this.#instances.get(slot) === instance) this.#instances.delete(slot);
    });
    return instance;
  }

  async #make(
    { slot, incarnation, term }: DecodedCommand,
    order: SpawnOrder,
    making: Making,
  ): Promise<void> {
    const { factories, programs, registry, clock, nodeId, peers } = this.#setup;
    const factory = factories(order.kind);
    if (factory === undefined) {
      throw new ComputeError("factory-not-found", `no factory of kind "${order.kind}" is here`, {
        delivered: "never",
      });
    }
    const program = programs.get(order.program);
    if (program === undefined)
      throw badCommand(`there are no members of program "${order.program}"`);
    const daemon = await makeDaemon(factory);
    if (!making.isWanted()) {
      throw this.fence.stale(slot, `incarnation ${incarnation} of slot ${slot} has ended`);
    }
    const identity = Identity.fromSeed(order.seed);
    const ref: MemberRef = { group: this.#group, slot, incarnation };
    const logger = this.#setup.logger.child({ group: this.#group, slot, incarnation });
    const chain = chainOf(identity, order, incarnation);
    const host = hostOf({ daemon, identity, clock, logger }, chain, order);
    registry.register(host);
    try {
      const member = program({
        ref,
        nodeId,
        term,
        host,
        hostConfig: order.hostConfig,
        config: order.config,
        peers: peers(),
        clock,
        logger,
        keepReport: (report) => this.reports.keep(report),
      });
      making.runs({ host, member });
    } catch (error) {
      registry.unregister(host.originHash);
      throw error;
    }
  }

  #remove({ slot, incarnation }: DecodedCommand): Uint8Array {
    const instance = this.#instances.get(slot);
    // A later instance is none of this command's business.
    if (instance !== undefined && instance.incarnation <= incarnation) this.#end(slot, "removed");
    this.fence.end(slot, incarnation);
    return NOTHING;
  }

  #status(): Uint8Array {
    const members: MemberStatus[] = [];
    for (const instance of this.#instances.values()) {
      const status = instance.status();
      if (status !== undefined) members.push(status);
    }
    return encodeHostStatus({
      nodeId: this.#setup.nodeId,
      term: this.fence.term,
      members,
      incarnations: this.fence.incarnations(),
      reports: this.reports.count,
    });
  }

  async #snapshot(command: DecodedCommand): Promise<Uint8Array> {
    const { member } = this.#running(command);
    return (await member.snapshot()) ?? NOTHING;
  }

  #memberCommand(
    command: DecodedCommand,
    payload: Uint8Array,
    caller: MemberCaller,
  ): Promise<Uint8Array> {
    const { slot } = command;
    const { member } = this.#running(command);
    const instance = this.#instances.get(slot);
    const { kind } = command;
    const act = async (): Promise<Uint8Array> => {
      if (kind === "restore") {
        await member.restore(payload);
        return NOTHING;
      }
      if (member.command === undefined) throw badCommand(`there is no command "${kind}"`);
      return await member.command(command, payload, caller);
    };
    return instance === undefined ? act() : instance.once(command, act);
  }

  /** The member that somebody who need not be the coordinator means. */
  #member(ref: MemberDelivery | MemberMessage): RunningMember {
    this.fence.checkTerm(ref.term, ref.slot);
    return this.#running(ref);
  }

  #running({ slot, incarnation }: Pick<MemberRef, "slot" | "incarnation">): RunningMember {
    this.fence.checkIncarnation(slot, incarnation);
    const instance = this.#instances.get(slot);
    const running = instance?.incarnation === incarnation ? instance.running : undefined;
    if (running === undefined) {
      throw new ComputeError(
        "not-found",
        `incarnation ${incarnation} of slot ${slot} of group ${this.#group} is not here`,
        { delivered: "never" },
      );
    }
    return running;
  }

  #end(slot: number, why: MemberEnd): void {
    const instance = this.#instances.get(slot);
    if (instance === undefined) return;
    const { registry, logger } = this.#setup;
    const host = instance.running?.host;
    this.#instances.delete(slot);
    try {
      instance.end(why);
    } catch (error) {
      logger.error("a member did not end well", { group: this.#group, slot, error });
    }
    if (host !== undefined && registry.get(host.originHash) === host) {
      registry.unregister(host.originHash);
    }
  }

  #tellTerm(): void {
    const { term } = this.fence;
    for (const instance of this.#instances.values()) {
      instance.forgetCommands();
      instance.running?.member.onTerm?.(term);
    }
  }
}

function chainOf(identity: Identity, { fork }: SpawnOrder, incarnation: number): CausalChain {
  const { originHash } = identity;
  const chain =
    fork === undefined
      ? CausalChain.begin(originHash)
      : CausalChain.fork(originHash, fork.parent, fork.sequence);
  if (incarnation > 1) chain.breakOff(respawnSentinel(originHash, incarnation));
  return chain;
}

function hostOf(
  parts: Parameters<typeof DaemonHost.fromFork>[0],
  chain: CausalChain,
  { hostConfig }: SpawnOrder,
): DaemonHost {
  try {
    return DaemonHost.fromFork(parts, chain, hostConfig);
  } catch (error) {
    if (error instanceof RangeError) throw badCommand(error.message, error);
    throw error;
  }
}
