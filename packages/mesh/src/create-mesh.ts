import { assertCapabilities } from "@selvage/capability-index";
import {
  checkProperties,
  silentLogger,
  systemClock,
  systemEntropy,
  systemRandom,
} from "@selvage/core";
import { defaultProvider, Identity } from "@selvage/identity";
import { createTransport } from "@selvage/transport";
import { createUdpDriver, parseAddress } from "@selvage/transport/udp";

import { DEFAULT_LISTEN } from "./defaults.ts";
import { MeshNode } from "./mesh-node.ts";
import type { Mesh, MeshConfig } from "./mesh.ts";

/**
 * Starts a node: binds its socket, and dials the configured peers in the background.
 *
 * @throws TransportError with kind `address` or `bind`; TypeError or RangeError for a bad option.
 *
 * @example
 * ```ts
 * import { generatePsk } from "@selvage/identity";
 * import { createMesh } from "@selvage/mesh";
 *
 * const psk = generatePsk();
 * const provider = await createMesh({ psk });
 * provider.serve("greet", (name) => `hello ${String(name)}`);
 *
 * const caller = await createMesh({ psk, peers: [provider.address] });
 * console.log(await caller.callService("greet", "world", { retry: true })); // hello world
 * await caller.close();
 * await provider.close();
 * ```
 */
export async function createMesh(config: MeshConfig): Promise<Mesh> {
  checkConfig(config);
  const clock = config.clock ?? systemClock;
  const entropy = config.entropy ?? systemEntropy;
  const crypto = config.crypto ?? defaultProvider();
  const identity = config.identity ?? Identity.generate({ entropy, provider: crypto });
  const logger = config.logger ?? silentLogger;
  const driver =
    config.driver ?? (await createUdpDriver({ listen: config.listen ?? DEFAULT_LISTEN }));
  const { psk, limits, relay } = config;
  try {
    const transport = createTransport(
      { driver, identity, clock, entropy, crypto, logger },
      { psk, advertise: config.advertise, limits, relay },
    );
    return new MeshNode(config, {
      transport,
      identity,
      clock,
      crypto,
      logger,
      random: config.random ?? systemRandom,
    });
  } catch (error) {
    await driver.close();
    throw error;
  }
}

const CONFIG: ReadonlySet<string> = new Set(
  Object.keys({
    psk: true,
    identity: true,
    listen: true,
    peers: true,
    advertise: true,
    capabilities: true,
    subnets: true,
    ttlSeconds: true,
    maxBodyBytes: true,
    ambientContext: true,
    replayStore: true,
    limits: true,
    relay: true,
    tracer: true,
    logger: true,
    driver: true,
    clock: true,
    random: true,
    entropy: true,
    crypto: true,
  } satisfies Record<keyof MeshConfig, true>),
);

/** What types cannot say, for callers without them and for typing errors. */
function checkConfig(config: MeshConfig | undefined): void {
  if (config?.psk === undefined) {
    throw new TypeError("psk is required: 32 random bytes, as generatePsk() makes them");
  }
  checkProperties("config", config, CONFIG);
  const { peers = [], driver, capabilities, identity } = config;
  if (identity !== undefined && !(identity instanceof Identity)) {
    throw new TypeError("identity must be an Identity; Identity.fromSeed() reads a stored one");
  }
  if (capabilities !== undefined) assertCapabilities(capabilities);
  if (!Array.isArray(peers)) {
    throw new TypeError(`peers must be a list of addresses, got ${typeof peers}`);
  }
  for (const address of peers as readonly unknown[]) {
    if (typeof address !== "string") {
      throw new TypeError(`peers must be texts of the form host:port, one is ${String(address)}`);
    }
    if (driver === undefined) parseAddress(address);
  }
}
