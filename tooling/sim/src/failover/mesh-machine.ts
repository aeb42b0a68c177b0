import type { NodeId } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";
import { createMesh, Identity, type Mesh } from "@selvage/mesh";
import type { Handler, ServiceContract } from "@selvage/nrpc";
import { seededEntropy, type SimNode } from "@selvage/testing";

import { eavesdrop } from "../world/eavesdrop.ts";
import { Machine, type MachineConfig, type MachineParts } from "../world/machine.ts";
import type { Ledger } from "./ledger.ts";
import type { Seams } from "./seams.ts";
import { contracts, echoHandler } from "./services.ts";

/** Every machine listens here. */
export const PORT = 7_000;

/** What all machines of the scenario have in common. */
export interface MeshMachineParts extends MachineParts {
  readonly crypto: CryptoProvider;
  readonly ledger: Ledger;
  readonly seams: Seams;
  readonly psk: Uint8Array;
  /** A datagram arrived at a machine. */
  readonly onDatagram: (
    machine: MeshMachine,
    datagram: Uint8Array,
    from: string,
    to: string,
  ) => void;
  /** A process serves now. */
  readonly onServing: (machine: MeshMachine, mesh: Mesh) => void;
}

/** What one machine of the scenario is. */
export interface MeshMachineConfig extends MachineConfig {
  readonly peers: readonly string[];
  readonly provides: boolean;
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

  /** The mesh node that does its work here, or `undefined`. */
  get mesh(): Mesh | undefined {
    return this.process;
  }

  protected override async boot(node: SimNode): Promise<Mesh> {
    const { crypto, psk, seams, ledger, onDatagram } = this.#parts;
    const clock = seams.clock?.(node.clock) ?? node.clock;
    const driver = node.bind({ port: PORT });
    const mesh = await createMesh({
      psk,
      crypto,
      clock,
      identity: this.#identity,
      peers: this.#config.peers.map((peer) => `${peer}:${PORT}`),
      driver: eavesdrop(driver, (datagram, from) => {
        onDatagram(this, datagram, from, driver.address);
      }),
      random: node.random,
      entropy: node.entropy,
    });
    if (this.#config.provides) {
      const plain = echoHandler(ledger, node.clock, this.name, this.life);
      const handler = (seams.handler?.(plain) ?? plain) as Handler<ServiceContract>;
      for (const contract of Object.values(contracts)) mesh.serve(contract, handler);
    }
    return mesh;
  }

  protected override end(mesh: Mesh): Promise<void> {
    return mesh.close();
  }

  protected override onServing(mesh: Mesh): void {
    this.#parts.onServing(this, mesh);
  }
}
