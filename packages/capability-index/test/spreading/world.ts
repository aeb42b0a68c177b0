import { type NodeId, silentLogger } from "@selvage/core";
import { Identity, nodeProvider } from "@selvage/identity";
import { createSimulation, type LinkConfig, type SimNode, type Simulation } from "@selvage/testing";
import { createTransport, type RelayConfig, type Transport } from "@selvage/transport";

import {
  Announcer,
  type AnnouncerConfig,
  CapabilityIndex,
  CapabilitySet,
  type IdentityInUse,
} from "../../src/index.ts";

const PORT = 7_000;
/** The key of the mesh. */
export const PSK: Uint8Array = new Uint8Array(32).fill(3);
const crypto = nodeProvider();

/** A simulated node that announces itself. */
export interface Station {
  readonly name: string;
  readonly node: SimNode;
  readonly transport: Transport;
  readonly index: CapabilityIndex;
  readonly announcer: Announcer;
  readonly nodeId: NodeId;
  /** Processes that it found to use its identity. */
  readonly twins: readonly IdentityInUse[];
}

/** How a station differs from others. */
export interface StationConfig extends AnnouncerConfig {
  /** The station whose identity it has; default its own. */
  readonly identity?: string;
  readonly relay?: RelayConfig;
}

/** Nodes that announce themselves to each other, in virtual time. */
export class SpreadWorld {
  readonly sim: Simulation;
  readonly stations: Station[] = [];

  constructor(seed: number | string = 1, link: LinkConfig = {}) {
    this.sim = createSimulation({ seed, link: { latencyMs: 2, ...link } });
  }

  /** Adds a node, or starts the next life of one; `identity`: of the node of that name. */
  start(life: SimNode | string, { identity, relay, ...config }: StationConfig = {}): Station {
    const node = typeof life === "string" ? this.sim.node(life) : life;
    const { clock, entropy } = node;
    const own = identityOf(identity ?? node.name);
    const logger = silentLogger;
    const transport = createTransport(
      { driver: node.bind({ port: PORT }), identity: own, clock, entropy, crypto },
      { psk: PSK, relay },
    );
    const index = new CapabilityIndex({ clock });
    const parts = { transport, index, identity: own, crypto, clock, logger };
    const announcer = new Announcer(parts, config);
    const twins: IdentityInUse[] = [];
    announcer.onIdentityInUse((twin) => void twins.push(twin));
    const { nodeId } = own;
    const station = { name: node.name, node, transport, index, announcer, nodeId, twins };
    this.stations.push(station);
    return station;
  }

  /** Runs code of a node to its end, letting time pass. */
  act<T>({ node }: Station, fn: () => T | PromiseLike<T>, limitMs?: number): Promise<T> {
    return this.sim.settle(this.sim.run(node, fn), limitMs);
  }

  /** Makes one node a configured peer of another. */
  async join(from: Station, to: Station): Promise<void> {
    const { address } = to.transport;
    await this.act(from, async () => {
      const { nodeId } = await from.transport.connect({ address });
      from.announcer.configurePeer(address, nodeId);
    });
  }

  /** Lets a node announce tags. */
  async announce(at: Station, tags: readonly string[], urgent = false): Promise<void> {
    const capabilities = CapabilitySet.empty.withTags(...tags);
    await this.sim.run(at.node, () => at.announcer.announce(capabilities, { urgent }));
  }

  /** So many nodes, all joined through the first, that know each other. */
  async mesh(count: number, config: StationConfig = {}): Promise<Station[]> {
    const stations: Station[] = [];
    for (let i = 0; i < count; i++) {
      const station = this.start(`n${i}`, config);
      const [first] = stations;
      stations.push(station);
      if (first !== undefined) await this.join(station, first);
    }
    await this.untilAgreed(stations, count);
    return stations;
  }

  /** Lets time pass until all hold the same, about so many nodes. */
  async untilAgreed(
    stations: readonly Station[],
    count: number = stations.length,
    limitMs = 30_000,
  ): Promise<void> {
    await this.sim.runUntil(() => haveAgreed(stations, count), limitMs);
  }
}

/** Whether all find the same entries, so many of them. */
export function haveAgreed(stations: readonly Station[], count: number): boolean {
  return (
    new Set(stations.map((at) => found(at).join())).size === 1 &&
    found(stations[0]).length === count
  );
}

/** What a node finds: node ids and what they announce. */
export function found(at: Station | undefined): string[] {
  return (at?.index.find() ?? []).map(
    ({ nodeId, bootId, capabilities }) => `${nodeId} ${bootId} ${capabilities.tags.join(" ")}`,
  );
}

/** The tags that one node announces, as another knows them; `undefined` if it does not find it. */
export function tagsOf(at: Station, whose: Station): readonly string[] | undefined {
  const entry = at.index.find().find(({ nodeId }) => nodeId === whose.nodeId);
  return entry?.capabilities.tags;
}

/** The identity that a node of this name has in every life. */
export function identityOf(name: string): Identity {
  const seed = new Uint8Array(32);
  seed.set(new TextEncoder().encode(name.slice(0, 32)));
  return Identity.fromSeed(seed, { provider: crypto });
}
