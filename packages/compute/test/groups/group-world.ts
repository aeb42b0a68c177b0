import { type CapabilityEntry, CapabilitySet } from "@selvage/capability-index";
import type { NodeId } from "@selvage/core";
import { seededRandom } from "@selvage/testing";

import type { GroupParts } from "../../src/groups/group-parts.ts";
import type { MemberPlacement } from "../../src/groups/node-chooser.ts";
import type { ReplicaGroupConfig } from "../../src/groups/replica-group.ts";
import { CommandSigner } from "../../src/hosting/command-signer.ts";
import type { LocalMemberHost } from "../../src/hosting/local-member-host.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { groupIdentity, HostWorld, termOf } from "../hosting/host-world.ts";
import { identityOf } from "../identities.ts";

/** The node of a number. */
export function nodeOf(number: number): NodeId {
  return identityOf(number).nodeId;
}

/** Nodes that groups can use, as the coordinator knows them. It is on none of them. */
export class GroupWorld extends HostWorld {
  /** Nodes that the scheduler knows. */
  readonly known: Set<NodeId> = new Set();
  readonly scheduler: Scheduler;

  constructor(nodes = 0) {
    super();
    const entry = (nodeId: NodeId): CapabilityEntry => {
      const entry: Partial<CapabilityEntry> = { nodeId, capabilities: CapabilitySet.empty };
      return entry as CapabilityEntry;
    };
    this.scheduler = new Scheduler({
      index: {
        find: () => [...this.known].toSorted().map(entry),
        get: (nodeId) => (this.known.has(nodeId) ? entry(nodeId) : undefined),
        isHidden: () => false,
      },
      nodeId: nodeOf(199),
      localCapabilities: () => CapabilitySet.empty,
    });
    for (let number = 1; number <= nodes; number++) this.join(number);
  }

  /** Adds a node that the scheduler knows. */
  join(number: number, parts: Parameters<HostWorld["add"]>[1] = {}): LocalMemberHost {
    const host = this.add(number, parts);
    this.known.add(host.nodeId);
    return host;
  }

  /** Nobody reaches the node any more, though the scheduler still knows it. */
  lose(nodeId: NodeId): void {
    this.lost.add(nodeId);
  }

  /** What a group is made with. */
  parts(parts: Partial<GroupParts> = {}): GroupParts {
    return {
      hosts: this.from(nodeOf(199)),
      signer: CommandSigner.ofGroup(groupIdentity),
      term: termOf(1),
      scheduler: this.scheduler,
      clock: this.clock,
      random: seededRandom(1),
      ...parts,
    };
  }

  /** How many members there are at all nodes together. */
  instances(): number {
    return [...this.hosts.values()].reduce((sum, { registry }) => sum + registry.count, 0);
  }

  /** Waits for something in virtual time. */
  async act<T>(work: Promise<T>, limitMs?: number): Promise<T> {
    let isDone = false;
    const end = async (): Promise<void> => {
      await work.catch(() => {});
      isDone = true;
    };
    const ended = end();
    await this.clock.runUntil(() => isDone, { limitMs });
    await ended;
    return await work;
  }
}

/** The coordinator has no members itself. */
export const notHere: MemberPlacement = { localDrained: true };

/** The configuration of a group of counters. */
export function replicasOf(
  replicaCount: number,
  config: Partial<ReplicaGroupConfig> = {},
): ReplicaGroupConfig {
  return {
    kind: "counter",
    placement: notHere,
    replicaCount,
    groupSeed: new Uint8Array(32).fill(9),
    ...config,
  };
}
