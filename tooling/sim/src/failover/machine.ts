import type { NodeId } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";
import { createMesh, Identity, type Mesh } from "@selvage/mesh";
import type { Handler, ServiceContract } from "@selvage/nrpc";
import { seededEntropy, type SimNode, type Simulation } from "@selvage/testing";

import { eavesdrop } from "./eavesdrop.ts";
import type { Ledger } from "./ledger.ts";
import type { Seams } from "./seams.ts";
import { contracts, echoHandler } from "./services.ts";

/** Every machine listens here. */
export const PORT = 7_000;

/** What all machines have in common. */
export interface MachineParts {
  readonly sim: Simulation;
  readonly crypto: CryptoProvider;
  readonly ledger: Ledger;
  readonly seams: Seams;
  readonly psk: Uint8Array;
  /** A datagram arrived at a machine. */
  readonly onDatagram: (machine: Machine, datagram: Uint8Array, from: string, to: string) => void;
  /** A process serves now. */
  readonly onServing: (machine: Machine, mesh: Mesh) => void;
  /** Told of anything that a correct node never does. */
  readonly onCrash: (message: string) => void;
}

/** What one machine is. */
export interface MachineConfig {
  readonly name: string;
  readonly peers: readonly string[];
  readonly provides: boolean;
  readonly skewPpm: number;
  readonly wallOffsetMs: number;
}

/** A stretch of virtual time, in milliseconds. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What the process on a machine is doing. */
export type MachineState =
  | { readonly name: "down" }
  | { readonly name: "starting"; readonly node: SimNode }
  | { readonly name: "serving"; readonly node: SimNode; readonly mesh: Mesh }
  | { readonly name: "closing"; readonly node: SimNode; readonly mesh: Mesh };

/** A machine with one identity, on which one process after the other runs. */
export class Machine {
  readonly name: string;
  readonly provides: boolean;
  readonly nodeId: NodeId;
  state: MachineState = { name: "down" };
  frozen = false;
  /** Until then it computes, and hears nothing. */
  stalledUntil = 0;
  /** When it stalled, so far. */
  readonly stalls: Interval[] = [];
  readonly #parts: MachineParts;
  readonly #config: MachineConfig;
  readonly #identity: Identity;
  #lives = 0;

  constructor(parts: MachineParts, config: MachineConfig) {
    const { sim, crypto } = parts;
    const seed = seededEntropy(`${sim.seed}/identity ${config.name}`).bytes(32);
    this.#parts = parts;
    this.#config = config;
    this.#identity = Identity.fromSeed(seed, { provider: crypto });
    this.name = config.name;
    this.provides = config.provides;
    this.nodeId = this.#identity.nodeId;
  }

  /** A process that does its work here, or `undefined`. */
  get mesh(): Mesh | undefined {
    return this.state.name === "serving" ? this.state.mesh : undefined;
  }

  /** Whether a process serves here that is neither stopped nor busy. */
  get isWell(): boolean {
    return (
      this.state.name === "serving" && !this.frozen && this.#parts.sim.now >= this.stalledUntil
    );
  }

  /** Starts the next process: same identity and address, new boot id. */
  start(): void {
    const { sim, onCrash } = this.#parts;
    const { name, skewPpm, wallOffsetMs } = this.#config;
    this.#lives++;
    const node = this.#lives === 1 ? sim.node(name, { skewPpm, wallOffsetMs }) : sim.restart(name);
    this.frozen = false;
    this.stalledUntil = 0;
    this.state = { name: "starting", node };
    sim
      .run(node, () => this.#boot(node))
      .catch((error: unknown) => {
        if (node.state !== "killed") onCrash(`${name} cannot start: ${String(error)}`);
      });
  }

  /** Ends the process without running any of its code. */
  kill(): void {
    this.#parts.sim.kill(this.name);
    this.frozen = false;
    this.state = { name: "down" };
  }

  freeze(): void {
    this.frozen = true;
    this.#parts.sim.freeze(this.name);
  }

  thaw(): void {
    this.frozen = false;
    this.#parts.sim.thaw(this.name);
  }

  /** For how long it stalled within an interval. */
  stalledMs({ from, to }: Interval): number {
    return this.stalls.reduce(
      (sum, stall) => sum + Math.max(0, Math.min(to, stall.to) - Math.max(from, stall.from)),
      0,
    );
  }

  /** The process computes for a while without looking at anything. */
  stall(ms: number): void {
    const from = Math.max(this.#parts.sim.now, this.stalledUntil);
    this.stalledUntil = from + ms;
    this.stalls.push({ from, to: from + ms });
    this.#parts.sim.spend(this.name, ms);
  }

  /** Ends the process gracefully; resolves, with what it was, when it has ended. */
  async close(): Promise<{ readonly node: SimNode; readonly mesh: Mesh } | undefined> {
    if (this.state.name !== "serving") return undefined;
    const closing = { ...this.state, name: "closing" } as const;
    this.state = closing;
    const { node, mesh } = closing;
    await this.#parts.sim.run(node, () => mesh.close());
    if (this.state === closing) this.state = { name: "down" };
    return closing;
  }

  async #boot(node: SimNode): Promise<void> {
    const { crypto, psk, seams } = this.#parts;
    const life = this.#lives;
    const clock = seams.clock?.(node.clock) ?? node.clock;
    const driver = node.bind({ port: PORT });
    const mesh = await createMesh({
      psk,
      crypto,
      clock,
      identity: this.#identity,
      peers: this.#config.peers.map((peer) => `${peer}:${PORT}`),
      driver: eavesdrop(driver, (datagram, from) => {
        this.#parts.onDatagram(this, datagram, from, driver.address);
      }),
      random: node.random,
      entropy: node.entropy,
    });
    if (this.provides) {
      const plain = echoHandler(this.#parts.ledger, node.clock, this.name, life);
      const handler = (seams.handler?.(plain) ?? plain) as Handler<ServiceContract>;
      for (const contract of Object.values(contracts)) mesh.serve(contract, handler);
    }
    this.state = { name: "serving", node, mesh };
    this.#parts.onServing(this, mesh);
  }
}
