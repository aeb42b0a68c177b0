import { type NodeId, utf8 } from "@selvage/core";
import { ManualClock, seededRandom } from "@selvage/testing";

import type { DaemonEvent } from "../../src/daemon/daemon-event.ts";
import type { Delivery } from "../../src/daemon/delivery.ts";
import { ComputeError } from "../../src/errors.ts";
import type { PlacementDecision } from "../../src/scheduler/placement-decision.ts";
import type { DivergedReport } from "../../src/standby/diverged-report.ts";
import { MemoryTermAuthority } from "../../src/standby/memory-term-authority.ts";
import { StandbyGroup } from "../../src/standby/standby-group.ts";
import { resolveStandbyConfig, type StandbyConfig } from "../../src/standby/standby-settings.ts";
import { identityOf } from "../identities.ts";
import { present } from "../present.ts";
import { Cluster, type ClusterNode, GROUP, type Instance } from "./cluster.ts";

/** A group in virtual time on a network without faults, for tests that tell what happens. */
export class Rig {
  readonly time: ManualClock;
  readonly cluster: Cluster;
  readonly authority: MemoryTermAuthority = new MemoryTermAuthority();
  readonly reports: DivergedReport[] = [];
  #group: StandbyGroup | undefined;
  #sequence = 0;

  private constructor(members: number, nodes: number, settings: Partial<StandbyConfig>) {
    this.time = new ManualClock();
    this.cluster = new Cluster({
      time: this.time,
      random: seededRandom(1),
      nodes,
      weather: { lossRate: 0, duplicateRate: 0, delayMs: 1 },
      config: resolveStandbyConfig(members, settings),
      authority: this.authority,
    });
  }

  static async start({
    members = 3,
    nodes = members + 1,
    ...settings
  }: Partial<StandbyConfig> & {
    readonly members?: number;
    readonly nodes?: number;
  } = {}): Promise<Rig> {
    const rig = new Rig(members, nodes, settings);
    const group = await rig.settle(
      StandbyGroup.spawn(rig.parts(), { ...settings, memberCount: members }),
    );
    rig.#group = group;
    group.onDiverged((report) => void rig.reports.push(report));
    return rig;
  }

  get group(): StandbyGroup {
    return present(this.#group);
  }

  parts(): Parameters<typeof StandbyGroup.spawn>[0] {
    const { head } = this.cluster;
    return {
      group: GROUP,
      coordinator: "c".repeat(32) as NodeId,
      hosts: this.cluster.hosts(),
      clock: head.clock,
      authority: this.cluster.remoteAuthority(head),
      scheduler: { place: (request) => this.#place(new Set(request?.exclude)) },
    };
  }

  /** Another coordinator of the group, which does not reach one of the nodes. */
  adopted(unreachable: number): StandbyGroup {
    const { nodeId } = this.node(unreachable);
    const hosts = this.cluster.hosts();
    const { slots, term } = this.group.status;
    const parts: Parameters<typeof StandbyGroup.spawn>[0] = {
      ...this.parts(),
      coordinator: "d".repeat(32) as NodeId,
      hosts: {
        ...hosts,
        command: (place, ...rest) =>
          place.nodeId === nodeId
            ? Promise.reject(new ComputeError("host-unreachable", "there is no way to it"))
            : hosts.command(place, ...rest),
      },
    };
    const config = { ...this.cluster.config, memberCount: slots.length };
    return StandbyGroup.adopt(parts, config, { members: slots.map(({ place }) => place), term });
  }

  /** The node by its number, from 1; members are spawned on the first ones. */
  node(number: number): ClusterNode {
    return present(this.cluster.nodes[number - 1]);
  }

  /** The latest instance on a node. */
  on(number: number): Instance {
    return present([...this.node(number).members.values()].at(-1));
  }

  /** What the member on a node applied. */
  ledger(number: number): readonly string[] {
    return this.on(number).ledger.entries;
  }

  event(text: string): DaemonEvent {
    this.#sequence++;
    return {
      producer: identityOf(100).originHash,
      incarnation: 1,
      sequence: this.#sequence,
      payload: utf8(text),
      timeMs: 0,
      seed: new Uint8Array(0),
    };
  }

  /** Delivers to the active, in so much virtual time as it takes. */
  async deliver(text: string): Promise<Delivery> {
    return await this.settle(this.group.deliver(this.event(text)));
  }

  /** Lets time pass until something is done. */
  async settle<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const mark = (): void => {
      isDone = true;
    };
    work.then(mark, mark);
    await this.time.runUntil(() => isDone, { limitMs: 60_000 });
    return await work;
  }

  /** The kind of the error that something fails with. */
  async kindOf(work: Promise<unknown>): Promise<string> {
    try {
      await this.settle(work);
    } catch (error) {
      if (error instanceof ComputeError) return error.kind;
      throw error;
    }
    throw new Error("expected a ComputeError, but nothing was thrown");
  }

  /** The slots that hold every acknowledged event, as the active on a node has it. */
  inSync(number: number): readonly number[] {
    return this.on(number)
      .member.details.inSync.map(({ slot }) => slot)
      .toSorted((a, b) => a - b);
  }

  #place(barred: ReadonlySet<NodeId>): PlacementDecision {
    const free = this.cluster.nodes.filter(({ nodeId }) => !barred.has(nodeId));
    const [node] = free;
    if (node === undefined) throw new ComputeError("no-candidate", "no node is left");
    return {
      nodeId: node.nodeId,
      reason: "first-match",
      considered: [],
      candidates: free.length,
      vetoed: [],
      excluded: [],
    };
  }
}
