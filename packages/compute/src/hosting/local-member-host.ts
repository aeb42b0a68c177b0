import {
  type Clock,
  CloseOnce,
  type Closable,
  type Logger,
  type NodeId,
  silentLogger,
  systemClock,
} from "@selvage/core";
import { type CryptoProvider, defaultProvider } from "@selvage/identity";

import type { Delivery } from "../daemon/delivery.ts";
import type { DaemonFactory } from "../daemon/mesh-daemon.ts";
import { DEFAULT_FENCE_MEMORY_MS, DEFAULT_MAX_HOSTED_GROUPS } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import { DaemonRegistry } from "../registry/daemon-registry.ts";
import { type DecodedCommand, decodeCommand } from "./command-codec.ts";
import { sayingDelivered } from "./delivered.ts";
import type { GroupId } from "./group-id.ts";
import type { SignedCommand } from "./host-command.ts";
import type { HostSetup } from "./host-setup.ts";
import { HostedGroup } from "./hosted-group.ts";
import type { MemberCaller, MemberProgram } from "./hosted-member.ts";
import type { MemberDelivery, MemberHost, MemberMessage } from "./member-host.ts";
import { createSoloMember, SOLO_PROGRAM } from "./solo-member.ts";
import { verifyCommand } from "./verify-command.ts";
import { badCommand } from "./wire-fields.ts";

/** Which groups may place members here. */
export type AllowedGroups = readonly GroupId[] | ((group: GroupId) => boolean);

/** The parts of a {@link LocalMemberHost}. */
export interface LocalMemberHostParts {
  /** This node. */
  readonly nodeId: NodeId;
  /** How daemons are made, by kind; `undefined` for kinds that are not made here. */
  readonly factories: (kind: string) => DaemonFactory | undefined;
  /** Which groups may place members here. Nobody may who is not named. */
  readonly allow: AllowedGroups;
  /** Where daemons of members are listed; default a registry of its own. */
  readonly registry?: DaemonRegistry | undefined;
  /** How kinds of members work, by name, besides `solo`. */
  readonly programs?: Readonly<Record<string, MemberProgram>> | undefined;
  /** How members reach others, asked for each member; default they reach nobody. */
  readonly peers?: (() => MemberHost) | undefined;
  /** Default the real one. */
  readonly clock?: Clock | undefined;
  /** Default silent. */
  readonly logger?: Logger | undefined;
  readonly provider?: CryptoProvider | undefined;
}

/** Configuration of a {@link LocalMemberHost}. */
export interface LocalMemberHostConfig {
  /** Groups known at once; default {@link DEFAULT_MAX_HOSTED_GROUPS}. */
  readonly maxGroups?: number | undefined;
}

interface KnownGroup {
  readonly group: HostedGroup;
  lastCommandAt: number;
}

/**
 * Members of groups at this node: spawns and removes them as the coordinators of their groups say, and
 * hands them what comes for them. It believes nobody who cannot prove to speak for the group, and
 * nobody who is late.
 */
export class LocalMemberHost implements Closable {
  readonly nodeId: NodeId;
  /** The daemons of members. */
  readonly registry: DaemonRegistry;
  readonly #setup: HostSetup;
  readonly #provider: CryptoProvider;
  readonly #isAllowed: (group: GroupId) => boolean;
  readonly #maxGroups: number;
  readonly #groups = new Map<GroupId, KnownGroup>();
  readonly #closing: CloseOnce = new CloseOnce(() => this.#close());

  constructor(
    {
      nodeId,
      factories,
      allow,
      logger = silentLogger,
      registry = new DaemonRegistry({ logger }),
      programs = {},
      peers = () => NO_PEERS,
      clock = systemClock,
      provider = defaultProvider(),
    }: LocalMemberHostParts,
    { maxGroups = DEFAULT_MAX_HOSTED_GROUPS }: LocalMemberHostConfig = {},
  ) {
    if (!Number.isSafeInteger(maxGroups) || maxGroups < 1) {
      throw new RangeError(`maxGroups must be a whole number of at least 1, got ${maxGroups}`);
    }
    this.nodeId = nodeId;
    this.registry = registry;
    this.#provider = provider;
    this.#maxGroups = maxGroups;
    this.#isAllowed = typeof allow === "function" ? allow : (group) => allow.includes(group);
    this.#setup = {
      nodeId,
      factories,
      registry,
      peers,
      clock,
      logger,
      programs: new Map([[SOLO_PROGRAM, createSoloMember], ...Object.entries(programs)]),
    };
  }

  /** Groups with members here. */
  groups(): readonly GroupId[] {
    return [...this.#groups].filter(([, { group }]) => group.isInUse).map(([id]) => id);
  }

  /**
   * How many bytes of payload follow the body of a command, if it is worth waiting for them.
   *
   * @throws {@link ComputeError} with kind `bad-command`, `group-not-allowed`, `stale-term` or `closed`.
   */
  expect(body: Uint8Array): number {
    this.#assertOpen();
    const command = decodeCommand(body);
    this.#precheck(command);
    return command.payloadBytes;
  }

  /**
   * Does what a command says, and answers it.
   *
   * @throws {@link ComputeError} as {@link MemberHost.command} does, and with kind `closed`.
   */
  async command(signed: SignedCommand, caller: MemberCaller): Promise<Uint8Array> {
    this.#assertOpen();
    try {
      const parts = { provider: this.#provider, clock: this.#setup.clock };
      const command = verifyCommand(parts, signed, (claimed) => this.#precheck(claimed));
      return await this.#groupFor(command).command(command, signed.payload, caller);
    } catch (error) {
      throw sayingDelivered(error);
    }
  }

  /**
   * Hands a member an event.
   *
   * @throws {@link ComputeError} as {@link MemberHost.deliver} does, and with kind `closed`.
   */
  async deliver(delivery: MemberDelivery, caller: MemberCaller): Promise<Delivery> {
    this.#assertOpen();
    try {
      return await this.#known(delivery.group).deliver(delivery, caller);
    } catch (error) {
      throw sayingDelivered(error);
    }
  }

  /**
   * Hands a member what another one says.
   *
   * @throws {@link ComputeError} as {@link MemberHost.send} does, and with kind `closed`.
   */
  async message(message: MemberMessage, caller: MemberCaller): Promise<Uint8Array> {
    this.#assertOpen();
    try {
      return await this.#known(message.group).message(message, caller);
    } catch (error) {
      throw sayingDelivered(error);
    }
  }

  /** Ends all members. Idempotent. */
  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Refuses what is cheap to refuse before a signature is looked at. */
  #precheck({ to, group, term, slot }: DecodedCommand): void {
    if (to !== this.nodeId) throw badCommand(`the command is for node ${to}`);
    if (!this.#isAllowed(group)) {
      throw new ComputeError(
        "group-not-allowed",
        `node ${this.nodeId} takes no members of group ${group}`,
        { delivered: "never" },
      );
    }
    this.#groups.get(group)?.group.fence.checkTerm(term, slot);
  }

  #known(id: GroupId): HostedGroup {
    const known = this.#groups.get(id);
    if (known !== undefined) return known.group;
    throw new ComputeError("not-found", `there is no member of group ${id} here`, {
      delivered: "never",
    });
  }

  #groupFor({ group: id }: DecodedCommand): HostedGroup {
    const now = this.#setup.clock.now();
    let known = this.#groups.get(id);
    if (known === undefined) {
      if (this.#groups.size >= this.#maxGroups) this.#makeRoom(now);
      known = { group: new HostedGroup(id, this.#setup), lastCommandAt: now };
      this.#groups.set(id, known);
    }
    known.lastCommandAt = now;
    return known.group;
  }

  /** Forgets a group that nobody spoke of for long: who was away longer is believed again. */
  #makeRoom(now: number): void {
    for (const [id, { group, lastCommandAt }] of this.#groups) {
      if (group.isInUse || now - lastCommandAt < DEFAULT_FENCE_MEMORY_MS) continue;
      this.#groups.delete(id);
      return;
    }
    throw new ComputeError("buffer-full", `${this.#maxGroups} groups are known here`, {
      delivered: "never",
    });
  }

  #assertOpen(): void {
    if (!this.#closing.started) return;
    throw new ComputeError("closed", `the member host of node ${this.nodeId} is closed`, {
      delivered: "never",
    });
  }

  #close(): Promise<void> {
    for (const { group } of this.#groups.values()) group.close();
    return Promise.resolve();
  }
}

/** For members that reach nobody. */
const NO_PEERS: MemberHost = {
  command: (to) => Promise.reject(unreachable(to)),
  deliver: (to) => Promise.reject(unreachable(to)),
  send: (to) => Promise.reject(unreachable(to)),
};

function unreachable(to: NodeId): ComputeError {
  return new ComputeError("host-unreachable", `there is no way to node ${to} from here`, {
    delivered: "never",
  });
}
