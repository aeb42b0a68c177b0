import type { Clock, NodeId } from "@selvage/core";
import type { CryptoProvider, EntityId } from "@selvage/identity";
import { createMesh, Identity, type Mesh, type MeshConfig } from "@selvage/mesh";
import { seededEntropy, type SimNode } from "@selvage/testing";

import { eavesdrop } from "./eavesdrop.ts";
import { Machine, type MachineConfig, type MachineParts } from "./machine.ts";

/** Every machine listens here. */
export const PORT = 7_000;

/** What all machines of a mesh have in common. */
export interface MeshMachineParts extends MachineParts {
  readonly crypto: CryptoProvider;
  readonly psk: Uint8Array;
  /** What stands between a node and its clock. */
  readonly clock?: ((clock: Clock) => Clock) | undefined;
  /** A datagram arrived at a machine. */
  readonly onDatagram: (
    machine: MeshMachine,
    datagram: Uint8Array,
    from: string,
    to: string,
  ) => void;
  /** A process has a mesh node, and is to serve what it serves. */
  readonly serve: (machine: MeshMachine, mesh: Mesh, node: SimNode) => void;
  /** A process serves now. */
  readonly onServing: (machine: MeshMachine, mesh: Mesh) => void;
}

/** What one machine of a mesh is. */
export interface MeshMachineConfig extends MachineConfig {
  /** The machines that it is told of at its start, by name. */
  readonly peers: readonly string[];
  readonly mesh?: Partial<MeshConfig> | undefined;
}

/** A machine that runs a mesh node. */
export class MeshMachine extends Machine<Mesh> {
  readonly nodeId: NodeId;
  readonly #parts: MeshMachineParts;
  readonly #config: MeshMachineConfig;
  readonly #identity: Identity;

  constructor(parts: MeshMachineParts, config: MeshMachineConfig) {
    super(parts, config);
    const { sim, crypto } = parts;
    const seed = seededEntropy(`${sim.seed}/identity ${config.name}`).bytes(32);
    this.#parts = parts;
    this.#config = config;
    this.#identity = Identity.fromSeed(seed, { provider: crypto });
    this.nodeId = this.#identity.nodeId;
  }

  get entityId(): EntityId {
    return this.#identity.entityId;
  }

  /** The mesh node that does its work here, or `undefined`. */
  get mesh(): Mesh | undefined {
    return this.process;
  }

  protected override async boot(node: SimNode): Promise<Mesh> {
    const { crypto, psk, clock, serve, onDatagram } = this.#parts;
    const driver = node.bind({ port: PORT });
    const mesh = await createMesh({
      ...this.#config.mesh,
      psk,
      crypto,
      clock: clock?.(node.clock) ?? node.clock,
      identity: this.#identity,
      peers: this.#config.peers.map((peer) => `${peer}:${PORT}`),
      driver: eavesdrop(driver, (datagram, from) => {
        onDatagram(this, datagram, from, driver.address);
      }),
      random: node.random,
      entropy: node.entropy,
    });
    serve(this, mesh, node);
    return mesh;
  }

  protected override end(mesh: Mesh): Promise<void> {
    return mesh.close();
  }

  protected override onServing(mesh: Mesh): void {
    this.#parts.onServing(this, mesh);
  }
}
