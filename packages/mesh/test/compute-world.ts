import { CapabilitySet } from "@selvage/capability-index";
import {
  CommandSigner,
  EventProducer,
  GroupCommander,
  LocalMemberHost,
  type LocalMemberHostParts,
  type MemberHost,
  type MeshDaemon,
  RemoteMemberHost,
  RoutedMemberHost,
  Scheduler,
  serveMemberHost,
  type SpawnOrder,
  type Term,
} from "@selvage/compute";
import { fromUtf8, utf8 } from "@selvage/core";
import type { Identity } from "@selvage/identity";

import { identityOf, type MeshWorld, type Station } from "./mesh-world.ts";

/** The identity that groups sign with. */
export const groupIdentity: Identity = identityOf("the group");

/** A node that members can be on. */
export interface HostStation extends Station {
  readonly local: LocalMemberHost;
  readonly hosts: MemberHost;
  /** How many daemons were made here. */
  readonly made: () => number;
}

/** Adds up numbers; its state is as large as it is told. */
export function createCounter(padding = 0): MeshDaemon {
  let value = 0;
  return {
    name: "counter",
    requirements: () => ({}),
    process: ({ payload }) => {
      value += Number(fromUtf8(payload));
      return [utf8(String(value))];
    },
    snapshot: () => {
      const state = new Uint8Array(8 + padding).fill(7);
      new DataView(state.buffer).setFloat64(0, value);
      return state;
    },
    restore: (state) => {
      if (state.length !== 8 + padding) throw new Error("of another size");
      value = new DataView(state.buffer, state.byteOffset).getFloat64(0);
    },
  };
}

/** Starts a node that takes members. */
export async function startHost(
  world: MeshWorld,
  name: string,
  peers: readonly string[] = [],
  parts: Partial<LocalMemberHostParts> & { readonly padding?: number } = {},
): Promise<HostStation> {
  const station = await world.start(name, peers);
  const { padding, ...rest } = parts;
  let made = 0;
  const local = new LocalMemberHost({
    nodeId: station.mesh.nodeId,
    factories: () => () => {
      made++;
      return createCounter(padding);
    },
    allow: () => true,
    clock: station.node.clock,
    ...rest,
  });
  const { mesh, node } = station;
  const { clock } = node;
  await world.sim.run(node, () => void serveMemberHost(mesh, local));
  const hosts = new RoutedMemberHost({ local, remote: new RemoteMemberHost(mesh), clock });
  return { ...station, local, hosts, made: () => made };
}

/** Speaks for the group from a node. */
export function commanderAt(
  { hosts, mesh }: HostStation,
  number = 1,
  signer: CommandSigner = CommandSigner.ofGroup(groupIdentity),
): GroupCommander {
  return new GroupCommander({ hosts, signer, term: termAt(mesh, number) });
}

/** A term of a node. */
export function termAt({ nodeId }: Station["mesh"], number: number): Term {
  return { number, coordinator: nodeId };
}

/** An order for a counter. */
export function orderOf(name: string): SpawnOrder {
  return {
    program: "solo",
    kind: "counter",
    seed: identityOf(name).toBytes(),
    fork: undefined,
    hostConfig: {},
    config: new Uint8Array(),
  };
}

/** Numbers events of a producer. */
export function producerAt({ node }: Station): EventProducer {
  const { clock, entropy } = node;
  return new EventProducer(identityOf("producer").originHash, { clock, entropy });
}

/** Chooses among the nodes that take members. */
export function schedulerAt({ mesh }: Station): Scheduler {
  const takesMembers = (nodeId: string): boolean =>
    mesh.findProviders("compute/command").some((entry) => entry.nodeId === nodeId);
  return new Scheduler({
    index: {
      find: (query) => mesh.findNodes(query).filter(({ nodeId }) => takesMembers(nodeId)),
      get: (nodeId) => mesh.findNodes().find((entry) => entry.nodeId === nodeId),
      isHidden: (nodeId) => !mesh.findNodes().some((entry) => entry.nodeId === nodeId),
    },
    nodeId: mesh.nodeId,
    localCapabilities: () => CapabilitySet.empty,
  });
}
