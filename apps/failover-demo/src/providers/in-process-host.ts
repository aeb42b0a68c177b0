import type { NodeId } from "@selvage/core";
import { createMesh, type Mesh } from "@selvage/mesh";
import { createUdpDriver } from "@selvage/transport/udp";

import type { Role } from "../roles.ts";
import type { Provider, ProviderHost, ProviderSpec } from "./provider.ts";
import { serveSummaries } from "./serve-summaries.ts";
import { SeverableDriver } from "./severable-driver.ts";

/** How long the remains of a killed provider may wait for answers, in milliseconds. */
const DRAIN_MS = 1_000;

/**
 * Runs providers in this process, each with a socket of its own. A process cannot kill or stop a
 * part of itself, so the network does it: a killed provider loses its socket, and around a frozen
 * one all datagrams vanish.
 */
export class InProcessHost implements ProviderHost {
  readonly #running: Set<InProcessProvider> = new Set();

  async start(spec: ProviderSpec): Promise<Provider> {
    const driver = new SeverableDriver(await createUdpDriver());
    const { identity, psk, peers, role } = spec;
    const mesh = await createMesh({ identity, psk, peers, driver, limits: { drainMs: DRAIN_MS } });
    serveSummaries(mesh, role);
    const provider = new InProcessProvider(role, mesh, driver);
    this.#running.add(provider);
    return provider;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((provider) => provider.close()));
  }
}

class InProcessProvider implements Provider {
  readonly role: Role;
  readonly pid = undefined;
  readonly #mesh: Mesh;
  readonly #driver: SeverableDriver;

  constructor(role: Role, mesh: Mesh, driver: SeverableDriver) {
    this.role = role;
    this.#mesh = mesh;
    this.#driver = driver;
  }

  get nodeId(): NodeId {
    return this.#mesh.nodeId;
  }

  get address(): string {
    return this.#mesh.address;
  }

  kill(): void {
    this.#driver.isSevered = true;
    void this.#driver.close();
    void this.#mesh.close();
  }

  freeze(): void {
    this.#driver.isSevered = true;
  }

  thaw(): void {
    this.#driver.isSevered = false;
  }

  close(): Promise<void> {
    return this.#mesh.close();
  }
}
