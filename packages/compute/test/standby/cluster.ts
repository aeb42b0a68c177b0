import { type NodeId, parseNodeId, toHex } from "@selvage/core";
import { silentLogger } from "@selvage/core";
import { Identity } from "@selvage/identity";
import { type ManualClock, seededEntropy, type SeededRandom } from "@selvage/testing";

import type { DaemonEvent } from "../../src/daemon/daemon-event.ts";
import { DaemonHost } from "../../src/daemon/daemon-host.ts";
import type { Delivery } from "../../src/daemon/delivery.ts";
import { NO_TERM, type Term } from "../../src/daemon/term.ts";
import { ComputeError } from "../../src/errors.ts";
import { type GroupId, groupIdOf } from "../../src/hosting/group-id.ts";
import type { MemberHost } from "../../src/hosting/member-host.ts";
import { decodeReport } from "../../src/standby/diverged-report.ts";
import { decodeDetails } from "../../src/standby/message-codec.ts";
import type { StandbyHosts } from "../../src/standby/standby-hosts.ts";
import { StandbyMember } from "../../src/standby/standby-member.ts";
import { instanceKey, type MemberPlace } from "../../src/standby/standby-messages.ts";
import type { StandbyConfig } from "../../src/standby/standby-settings.ts";
import type { TermAuthority } from "../../src/standby/term-authority.ts";
import { Ledger } from "./ledger.ts";
import { Machine, Network, type Weather } from "./network.ts";

export const GROUP: GroupId = groupIdOf(new Uint8Array(32).fill(7));

const identities = new Map<number, Identity>();

function identityOfSlot(slot: number): Identity {
  const identity = identities.get(slot) ?? Identity.fromSeed(new Uint8Array(32).fill(40 + slot));
  identities.set(slot, identity);
  return identity;
}

/** One member with what the tests look into. */
export interface Instance {
  readonly place: MemberPlace;
  readonly key: string;
  readonly member: StandbyMember;
  readonly host: DaemonHost;
  readonly ledger: Ledger;
  readonly machine: Machine;
  /** In which boot of its machine it was made. */
  readonly boot: number;
}

/** A machine that members can be on. */
export class ClusterNode {
  readonly machine: Machine;
  readonly cluster: Cluster;
  members = new Map<number, Instance>();
  incarnations = new Map<number, number>();
  reports: { readonly id: number; readonly bytes: Uint8Array }[] = [];

  constructor(cluster: Cluster, machine: Machine) {
    this.cluster = cluster;
    this.machine = machine;
  }

  get nodeId(): NodeId {
    return this.machine.nodeId;
  }

  /** Everything on it is gone. */
  kill(): void {
    this.machine.kill();
    this.members = new Map();
    this.incarnations = new Map();
    this.reports = [];
  }

  find({ slot, incarnation }: { readonly slot: number; readonly incarnation: number }): Instance {
    if ((this.incarnations.get(slot) ?? 0) > incarnation) {
      throw new ComputeError("stale-term", `slot ${slot} has a later instance`, {
        seen: { term: NO_TERM, incarnation: this.incarnations.get(slot) ?? 0 },
      });
    }
    const instance = this.members.get(slot);
    if (instance !== undefined && instance.place.incarnation === incarnation) return instance;
    throw new ComputeError("not-found", `slot ${slot} is not on ${this.nodeId}`);
  }

  spawn(place: MemberPlace, term: Term): Instance {
    const { slot, incarnation } = place;
    const known = this.incarnations.get(slot) ?? 0;
    const current = this.members.get(slot);
    if (current !== undefined && known === incarnation) return current;
    if (known >= incarnation) throw new ComputeError("stale-term", "a later instance is known");
    current?.member.end("replaced");
    this.incarnations.set(slot, incarnation);
    const instance = this.cluster.make(this, place, term);
    this.members.set(slot, instance);
    return instance;
  }

  remove(place: MemberPlace): void {
    const current = this.members.get(place.slot);
    if (current === undefined || current.place.incarnation !== place.incarnation) return;
    current.member.end("removed");
    this.members.delete(place.slot);
  }
}

/** Nodes, a coordinator and clients, and everything that ever ran there. */
export class Cluster {
  readonly network: Network;
  readonly nodes: readonly ClusterNode[];
  /** Where coordinators are. */
  readonly head: Machine;
  /** Where producers are. */
  readonly client: Machine;
  readonly instances: Instance[] = [];
  readonly random: SeededRandom;
  readonly config: StandbyConfig;
  readonly authority: TermAuthority | undefined;
  /** Whether nobody reaches the authority. */
  isAuthorityDown = false;
  onMade: (instance: Instance) => void = () => {};
  #made = 0;
  #reports = 0;

  constructor({
    time,
    random,
    nodes,
    weather,
    config,
    authority,
    drift = 0,
  }: {
    readonly time: ManualClock;
    readonly random: SeededRandom;
    readonly nodes: number;
    readonly weather: Weather;
    readonly config: StandbyConfig;
    readonly authority?: TermAuthority;
    readonly drift?: number;
  }) {
    this.random = random;
    this.network = new Network(time, random, weather);
    const machine = (name: number): Machine =>
      new Machine(
        this.network,
        parseNodeId(name.toString(16).padStart(32, "0")),
        1 + (random.next() - 0.5) * drift,
      );
    this.nodes = Array.from({ length: nodes }, (_, i) => new ClusterNode(this, machine(i + 1)));
    this.head = machine(200);
    this.client = machine(201);
    this.config = config;
    this.authority = authority;
  }

  node(nodeId: NodeId): ClusterNode {
    const found = this.nodes.find((node) => node.nodeId === nodeId);
    if (found === undefined) throw new Error(`no node ${nodeId}`);
    return found;
  }

  make(node: ClusterNode, place: MemberPlace, term: Term): Instance {
    const { machine } = node;
    const ledger = new Ledger();
    const host = DaemonHost.create({
      daemon: ledger,
      identity: identityOfSlot(place.slot),
      clock: machine.clock,
    });
    this.#made++;
    const member = new StandbyMember({
      ref: { group: GROUP, slot: place.slot, incarnation: place.incarnation },
      nodeId: node.nodeId,
      term,
      host,
      hostConfig: {},
      config: new Uint8Array(0),
      peers: this.#peersOf(machine),
      clock: machine.clock,
      logger: silentLogger,
      keepReport: (bytes) => {
        node.reports.push({ id: ++this.#reports, bytes });
      },
      instance: toHex(seededEntropy(this.#made).bytes(16)),
      standby: this.config,
      authority: this.authority && this.#remote(machine, this.authority),
    });
    const key = instanceKey(member.id);
    const instance = { place, key, member, host, ledger, machine, boot: machine.boot };
    this.instances.push(instance);
    this.onMade(instance);
    return instance;
  }

  /** What a coordinator at the head works with. */
  hosts(): StandbyHosts {
    const ask = async <T>(
      nodeId: NodeId,
      deadlineMs: number | undefined,
      work: (node: ClusterNode) => T | Promise<T>,
    ): Promise<T> => {
      const node = this.node(nodeId);
      return await this.network.call(this.head, node.machine, deadlineMs ?? 10_000, () =>
        work(node),
      );
    };
    return {
      spawn: (place, term, _config, options) =>
        ask(place.nodeId, options?.deadlineMs, (node) => node.spawn(place, term).member.details),
      remove: (place, _term, options) =>
        ask(place.nodeId, options?.deadlineMs, (node) => node.remove(place)),
      status: (nodeId, _term, options) =>
        ask(nodeId, options?.deadlineMs, (node) =>
          [...node.members.values()].map(({ place, member }) => ({
            place,
            details: decodeDetails(member.describe()),
          })),
        ),
      command: (place, term, kind, payload, options) =>
        ask(place.nodeId, options?.deadlineMs, async (node) => {
          const { member } = node.find(place);
          const command = { group: GROUP, ...place, kind, to: node.nodeId, term, sequence: 1 };
          return decodeDetails(await member.command(command, payload));
        }),
      deliver: (place, term, event, options) =>
        this.deliver(this.head, place, term, event, options?.deadlineMs ?? 10_000),
      reports: (nodeId, _term, options) =>
        ask(nodeId, options?.deadlineMs, (node) =>
          node.reports.map(({ id, bytes }) => ({ id, report: decodeReport(bytes) })),
        ),
      acknowledge: (nodeId, _term, ids, options) =>
        ask(nodeId, options?.deadlineMs, (node) => {
          node.reports = node.reports.filter(({ id }) => !ids.includes(id));
        }),
    };
  }

  async deliver(
    from: Machine,
    place: MemberPlace,
    term: Term,
    event: DaemonEvent,
    deadlineMs: number,
  ): Promise<Delivery> {
    const node = this.node(place.nodeId);
    const { slot, incarnation } = place;
    return await this.network.call(from, node.machine, deadlineMs, () =>
      node.find(place).member.deliver({ group: GROUP, slot, incarnation, term, event }),
    );
  }

  /** The authority as seen from a machine. */
  remoteAuthority(machine: Machine): TermAuthority | undefined {
    return this.authority && this.#remote(machine, this.authority);
  }

  #peersOf(machine: Machine): MemberHost {
    return {
      command: () => Promise.reject(new Error("members command nobody")),
      deliver: () => Promise.reject(new Error("members deliver to nobody")),
      send: (to, message, options) => {
        const node = this.node(to);
        return this.network.call(machine, node.machine, options?.deadlineMs ?? 10_000, () =>
          node.find(message).member.message(message),
        );
      },
    };
  }

  #remote(machine: Machine, authority: TermAuthority): TermAuthority {
    const call = <T>(work: () => Promise<T>): Promise<T> =>
      this.isAuthorityDown
        ? Promise.reject(new Error("the authority is down"))
        : this.network.call(machine, this.client, 2_000, work);
    return {
      read: (group) => call(() => authority.read(group)),
      compareAndSet: (group, version, record) =>
        call(() => authority.compareAndSet(group, version, record)),
    };
  }
}
