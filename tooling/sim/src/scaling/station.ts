import { Announcer, CapabilityIndex, CapabilitySet } from "@selvage/capability-index";
import { silentLogger } from "@selvage/core";
import { type CryptoProvider, Identity } from "@selvage/identity";
import type { SimNode, Simulation } from "@selvage/testing";
import { createTransport, type Transport } from "@selvage/transport";

const PORT = 7_000;
const PSK: Uint8Array = new Uint8Array(32).fill(11);

/** A node that only announces itself: what spreading costs, and nothing else. */
export class Station {
  readonly #sim: Simulation;
  readonly #node: SimNode;
  readonly #transport: Transport;
  readonly #announcer: Announcer;
  readonly index: CapabilityIndex;

  constructor(sim: Simulation, number: number, crypto: CryptoProvider) {
    const node = sim.node(`n${number}`);
    const { clock, entropy } = node;
    const identity = Identity.generate({ entropy, provider: crypto });
    this.#sim = sim;
    this.#node = node;
    this.#transport = createTransport(
      { driver: node.bind({ port: PORT }), identity, clock, entropy, crypto },
      { psk: PSK },
    );
    this.index = new CapabilityIndex({ clock });
    const parts = { transport: this.#transport, index: this.index, identity, crypto, clock };
    this.#announcer = new Announcer({ ...parts, logger: silentLogger });
    this.say(`node:${number}`);
  }

  /** Bytes sent so far. */
  get bytesSent(): number {
    return this.#transport.stats().bytesSent;
  }

  get sessions(): number {
    return this.#transport.stats().sessions;
  }

  /** Says what a node says that serves something: some 400 bytes. */
  say(tag: string): void {
    const capabilities = CapabilitySet.empty
      .withTags(tag, "nrpc:summarize", "nrpc:translate", "nrpc:embed")
      .withHardware({ cpuCores: 16, memoryGb: 64, gpus: [{ vendor: "nvidia", vramGb: 24 }] })
      .withSoftware({ os: "linux", runtimes: { node: "22.11.0" } });
    void this.#sim.run(this.#node, () => this.#announcer.announce(capabilities, { urgent: true }));
  }

  /** Joins the mesh through another node. */
  async join(other: Station): Promise<void> {
    const { address } = other.#transport;
    await this.#sim.run(this.#node, async () => {
      const { nodeId } = await this.#transport.connect({ address });
      this.#announcer.configurePeer(address, nodeId);
    });
  }

  close(): void {
    void this.#sim.run(this.#node, () => this.#announcer.close());
  }
}
