import type { NodeId } from "@selvage/core";
import { utf8 } from "@selvage/core";
import { ManualClock, seededRandom, type SeededRandom } from "@selvage/testing";

import type { DaemonEvent } from "../../src/daemon/daemon-event.ts";
import { compareTerms, type Term } from "../../src/daemon/term.ts";
import { ComputeError, isComputeError } from "../../src/errors.ts";
import type { DivergedReport } from "../../src/standby/diverged-report.ts";
import { MemoryTermAuthority } from "../../src/standby/memory-term-authority.ts";
import { StandbyGroup } from "../../src/standby/standby-group.ts";
import { instanceKey, type MemberPlace } from "../../src/standby/standby-messages.ts";
import { resolveStandbyConfig, type StandbyMode } from "../../src/standby/standby-settings.ts";
import { identityOf } from "../identities.ts";
import { Cluster, type ClusterNode, GROUP, type Instance } from "./cluster.ts";

/** What happens in a run. */
export interface ChaosConfig {
  readonly mode: StandbyMode;
  readonly members: number;
  readonly nodes: number;
  readonly minInSync?: number;
  readonly faults: readonly ("kill" | "freeze" | "cut" | "promote" | "restart")[];
  /** Whether nodes are killed only while the in-sync set has another one. */
  readonly sparing: boolean;
  readonly durationMs: number;
}

/** What came of a run. */
export interface ChaosResult {
  readonly violations: readonly string[];
  readonly acknowledged: number;
  readonly promotions: number;
  readonly reported: number;
}

/** Runs a group through faults drawn from a seed, then lets it come to rest, and looks at what is left. */
export async function runChaos(seed: number, config: ChaosConfig): Promise<ChaosResult> {
  return await new Chaos(seed, config).run();
}

class Chaos {
  readonly #config: ChaosConfig;
  readonly #time: ManualClock = new ManualClock();
  readonly #random: SeededRandom;
  readonly #cluster: Cluster;
  readonly #acknowledged = new Set<string>();
  /** Who was in sync when an event was committed. */
  readonly #holders = new Map<string, Set<string>>();
  /** Who had everything when a member was retired. */
  readonly #successors = new Map<
    string,
    { readonly keys: readonly string[]; readonly events: ReadonlySet<string> }
  >();
  readonly #reports: DivergedReport[] = [];
  readonly #violations: string[] = [];
  /** Who was the active in a term. */
  readonly #actives = new Map<string, string>();
  readonly #places = new Map<string, MemberPlace>();
  readonly #down = new Set<NodeId>();
  /** The highest term in which anything was applied by its active. */
  #applied: Term | undefined;
  #group: StandbyGroup | undefined;
  #coordinators = 0;
  #isOver = false;

  constructor(seed: number, config: ChaosConfig) {
    this.#config = config;
    this.#random = seededRandom(seed);
    const { members, mode, minInSync } = config;
    this.#cluster = new Cluster({
      time: this.#time,
      random: this.#random.split("cluster"),
      nodes: config.nodes,
      weather: { lossRate: 0, duplicateRate: 0, delayMs: 4 },
      config: resolveStandbyConfig(members, {
        mode,
        minInSync,
        leaseMs: 1_500,
        storeTimeoutMs: 300,
        installTimeoutMs: 1_000,
        maxLogEvents: 40,
      }),
      ...(mode === "fenced" ? { authority: new MemoryTermAuthority() } : {}),
      drift: 0.08,
    });
    this.#cluster.onMade = (instance) => this.#observe(instance);
  }

  async run(): Promise<ChaosResult> {
    const started = this.#start();
    await this.#time.runUntil(() => this.#group !== undefined, { limitMs: 60_000 });
    await started;
    this.#watch();
    this.#cluster.network.weather = { lossRate: 0.02, duplicateRate: 0.05, delayMs: 6 };
    for (let i = 0; i < 3; i++) void this.#produce(i);
    const end = this.#time.now() + this.#config.durationMs;
    const random = this.#random.split("faults");
    while (this.#time.now() < end) {
      await this.#time.advance(200 + random.next() * 2_500);
      if (this.#config.faults.length > 0) this.#fault(random);
    }
    await this.#rest();
    this.#isOver = true;
    await this.#time.advance(1_000);
    await this.#checkRecord();
    this.#check();
    return {
      violations: this.#violations,
      acknowledged: this.#acknowledged.size,
      promotions: this.#actives.size,
      reported: this.#reports.reduce((sum, { entries }) => sum + entries.length, 0),
    };
  }

  async #start(): Promise<void> {
    const { members, ...rest } = this.#config;
    const group = await StandbyGroup.spawn(this.#parts(), {
      memberCount: members,
      ...this.#cluster.config,
      minInSync: rest.minInSync,
    });
    this.#adopt(group);
  }

  #parts(): Parameters<typeof StandbyGroup.spawn>[0] {
    const { head } = this.#cluster;
    this.#coordinators++;
    return {
      group: GROUP,
      coordinator: this.#coordinators.toString(16).padStart(32, "c") as NodeId,
      hosts: this.#cluster.hosts(),
      clock: head.clock,
      authority: this.#cluster.remoteAuthority(head),
      scheduler: {
        place: (request) => {
          const barred = new Set([...(request?.exclude ?? []), ...this.#down]);
          const free = this.#cluster.nodes.filter(({ nodeId }) => !barred.has(nodeId));
          const [node] = free;
          if (node === undefined) throw new ComputeError("no-candidate", "no node is left");
          const nodeId = node.nodeId;
          return {
            nodeId,
            reason: "first-match",
            considered: [],
            candidates: free.length,
            vetoed: [],
            excluded: [],
          };
        },
      },
    };
  }

  #adopt(group: StandbyGroup): void {
    this.#group = group;
    group.onDiverged((report) => void this.#reports.push(report));
  }

  /** Looks at everything that an instance does. */
  #observe(instance: Instance): void {
    const { member, host, key, place } = instance;
    this.#places.set(key, place);
    host.onApplied(({ term }) => {
      const { role } = member;
      if (role !== "active" || this.#config.mode !== "fenced") return;
      if (this.#applied !== undefined && compareTerms(term, this.#applied) < 0) {
        this.#violations.push(`${key} applied in term ${term.number}, after a later one did`);
        return;
      }
      this.#applied = term;
    });
    member.onCommitted(({ event }) => {
      const id = new TextDecoder().decode(event.payload);
      const holders = this.#holders.get(id) ?? new Set();
      for (const holder of member.details.inSync) holders.add(instanceKey(holder));
      this.#holders.set(id, holders);
    });
    const command = member.command.bind(member);
    member.command = async (order, payload) => {
      if (order.kind === "hand-over" && member.role !== "retired") this.#retire(key);
      const answer = await command(order, payload);
      if (order.kind !== "promote" || member.role !== "active") return answer;
      const name = `${order.term.number} ${order.term.coordinator}`;
      const known = this.#actives.get(name);
      if (known !== undefined && known !== key) {
        this.#violations.push(`term ${order.term.number} has two actives: ${known} and ${key}`);
      }
      this.#actives.set(name, key);
      return answer;
    };
  }

  /** A member may go because those that are in sync have what it has; of the rest it tells. */
  #retire(key: string): void {
    const [leader] = this.#leaders();
    this.#successors.set(key, {
      keys: leader?.member.details.inSync.map(instanceKey) ?? [],
      events: new Set(leader?.ledger.entries),
    });
  }

  #leaders(): readonly Instance[] {
    return this.#cluster.instances
      .filter((instance) => isAlive(instance) && instance.member.role === "active")
      .toSorted((a, b) => compareTerms(b.member.details.seen, a.member.details.seen));
  }

  /** Whether nobody is left who had to have an event, and nobody who took it over from these. */
  #isGone(id: string, alive: ReadonlySet<string>): boolean {
    const keys = new Set(this.#holders.get(id));
    // Grows while it is looked through.
    for (const key of keys) {
      const successors = this.#successors.get(key);
      if (successors?.events.has(id) === true) for (const next of successors.keys) keys.add(next);
      else if (alive.has(key)) return false;
    }
    return true;
  }

  /** The coordinator's upkeep and failure detection. */
  #watch(): void {
    const { head, nodes } = this.#cluster;
    const heard = new Map<NodeId, number>();
    const tick = (): void => {
      head.clock.setTimeout(tick, 250);
      const group = this.#group;
      if (group === undefined) return;
      const handler = group.recoveryHandler();
      handler();
      for (const node of nodes) this.#ping(node, heard, group);
    };
    tick();
  }

  #ping(node: ClusterNode, heard: Map<NodeId, number>, group: StandbyGroup): void {
    const { network, head } = this.#cluster;
    const { nodeId } = node;
    const ignore = (): void => {};
    network
      .call(head, node.machine, 200, () => node.machine.boot)
      .then(() => {
        heard.set(nodeId, head.clock.now());
        if (!this.#down.delete(nodeId)) return;
        group.onNodeRecovery(nodeId).catch(ignore);
      }, ignore);
    const silentMs = head.clock.now() - (heard.get(nodeId) ?? head.clock.now());
    heard.set(nodeId, heard.get(nodeId) ?? head.clock.now());
    if (silentMs < 1_000 || this.#down.has(nodeId)) return;
    this.#down.add(nodeId);
    group.onNodeFailure(nodeId).catch(ignore);
  }

  /** Sends one event after the other to whoever may be the active, each until it is acknowledged. */
  async #produce(number: number): Promise<void> {
    const { client, random } = this.#cluster;
    const choice = random.split(`producer ${number}`);
    const producer = identityOf(100 + number).originHash;
    for (let sequence = 1; !this.#isOver; sequence++) {
      const id = `${number}-${sequence}`;
      const event: DaemonEvent = {
        producer,
        incarnation: 1,
        sequence,
        payload: utf8(id),
        timeMs: 0,
        seed: new Uint8Array(0),
      };
      while (!this.#isOver && !(await this.#deliver(event, id, choice))) {
        await client.clock.sleep(20 + choice.next() * 60);
      }
      await client.clock.sleep(choice.next() * 250);
    }
  }

  async #deliver(event: DaemonEvent, id: string, choice: SeededRandom): Promise<boolean> {
    const { client } = this.#cluster;
    const places = [...this.#places.values()];
    const status = this.#group?.status;
    const active = status?.slots.find(({ slot }) => slot === status.active)?.place;
    const any = places[Math.floor(choice.next() * places.length)];
    const place = choice.next() < 0.6 ? (active ?? any) : any;
    if (place === undefined || status === undefined) return false;
    try {
      await this.#cluster.deliver(client, place, status.term, event, 400);
      this.#acknowledged.add(id);
      return true;
    } catch (error) {
      if (isComputeError(error)) return false;
      throw error;
    }
  }

  #fault(random: SeededRandom): void {
    const { nodes, network, head, client } = this.#cluster;
    const kind = this.#config.faults[Math.floor(random.next() * this.#config.faults.length)];
    const node = nodes[Math.floor(random.next() * nodes.length)];
    if (node === undefined) return;
    switch (kind) {
      case "kill":
        if (this.#config.sparing ? !this.#mayDie(node) : this.#isLast(node, random)) return;
        node.kill();
        return;
      case "freeze":
        node.machine.freeze();
        this.#time.setTimeout(() => node.machine.thaw(), random.next() * 4_000);
        return;
      case "cut": {
        for (const { nodeId } of nodes) network.separate(nodeId, random.next() < 0.5 ? 1 : 0);
        network.separate(head.nodeId, random.next() < 0.5 ? 1 : 0);
        network.separate(client.nodeId, random.next() < 0.5 ? 1 : 0);
        this.#time.setTimeout(() => network.heal(), random.next() * 6_000);
        return;
      }
      case "promote":
        this.#group?.promote().catch(() => {});
        return;
      case "restart": {
        const status = this.#group?.status;
        if (status === undefined) return;
        const { slots, term, surplus } = status;
        if (slots.some(({ health }) => health === "placing")) return;
        this.#group?.close();
        const group = StandbyGroup.adopt(
          this.#parts(),
          { memberCount: slots.length, ...this.#cluster.config },
          { members: slots.map(({ place }) => place), surplus, term },
        );
        this.#adopt(group);
        group.promote().catch(() => {});
        return;
      }
      case undefined:
    }
  }

  /** Whether somebody else holds everything, too. */
  #mayDie(node: ClusterNode): boolean {
    const living = this.#cluster.instances.filter((instance) => isAlive(instance));
    const [leader] = this.#leaders();
    if (leader === undefined) return false;
    if (this.#down.size > 0) return false;
    const inSync = leader.member.details.inSync.map(({ slot, incarnation }) =>
      living.find(({ place }) => place.slot === slot && place.incarnation === incarnation),
    );
    return inSync.some((instance) => instance !== undefined && instance.machine !== node.machine);
  }

  /** Whether it has the last state that there is; most of the time such a node is left alone. */
  #isLast(node: ClusterNode, random: SeededRandom): boolean {
    const has = (instance: Instance): boolean =>
      isAlive(instance) && ["active", "standby"].includes(instance.member.role);
    const others = this.#cluster.instances.filter(
      (instance) => has(instance) && instance.machine !== node.machine,
    );
    return others.length < 2 && random.next() < 0.9;
  }

  /** All faults end, and the group has time. */
  async #rest(): Promise<void> {
    const { network, nodes } = this.#cluster;
    network.heal();
    network.weather = { lossRate: 0, duplicateRate: 0, delayMs: 4 };
    for (const { machine } of nodes) machine.thaw();
    await this.#time.advance(7_000);
    network.heal();
    for (const { machine } of nodes) machine.thaw();
    await this.#time.advance(10_000);
  }

  /** A group without an active has nobody who could be it. */
  async #checkRecord(): Promise<void> {
    const found = await this.#cluster.authority?.read(GROUP);
    if (found === undefined || this.#leaders().length > 0) return;
    const keys = new Set(found.record.inSync.map(instanceKey));
    for (const instance of this.#cluster.instances) {
      if (!isAlive(instance) || !keys.has(instance.key)) continue;
      this.#violations.push(`nobody is active, though ${instance.key} could be`);
    }
  }

  #check(): void {
    const { mode, sparing } = this.#config;
    const [active, ...others] = this.#leaders();
    if (others.length > 0) this.#violations.push("there is more than one active at the end");
    for (const instance of this.#cluster.instances) {
      const { entries } = instance.ledger;
      if (new Set(entries).size !== entries.length) {
        this.#violations.push(`${instance.key} applied an event twice`);
      }
    }
    const reported = new Set(
      this.#reports.flatMap(({ entries, snapshot }) => [
        ...entries.map(({ event }) => new TextDecoder().decode(event.payload)),
        ...(snapshot === undefined ? [] : new TextDecoder().decode(snapshot).split(/[^0-9-]/)),
      ]),
    );
    const alive = new Set(this.#cluster.instances.filter(isAlive).map(({ key }) => key));
    for (const id of this.#acknowledged) {
      if (active?.ledger.entries.includes(id)) continue;
      const isGone = this.#isGone(id, alive);
      if (active === undefined && (mode === "fenced" || isGone)) continue;
      if (mode === "fenced") this.#violations.push(`event ${id} was acknowledged and is lost`);
      else if (sparing || (!isGone && !reported.has(id))) {
        this.#violations.push(`event ${id} was acknowledged and is lost`);
      }
    }
  }
}

function isAlive({ machine, boot }: Instance): boolean {
  return machine.boot === boot;
}
