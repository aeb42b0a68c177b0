import {
  Announcer,
  CapabilityIndex,
  CapabilitySet,
  type SubnetPolicy,
} from "@selvage/capability-index";
import { type Logger, type NodeId, silentLogger } from "@selvage/core";
import { defaultProvider, type EntityId, Identity } from "@selvage/identity";
import { createSimulation, type LinkConfig, type SimNode, type Simulation } from "@selvage/testing";
import {
  createTransport,
  type StreamHandler,
  type Transport,
  type TransportLimits,
} from "@selvage/transport";

import {
  type AmbientContext,
  type CallEvent,
  type CallTracer,
  type Codec,
  DEFAULT_MAX_BODY_BYTES,
  Directory,
  formatOffer,
  jsonCodec,
  NRPC_PROTOCOL,
  type ReplayStore,
  RpcClient,
  RpcServer,
  type ServedCallEvent,
  serviceKey,
  serviceTag,
} from "../src/index.ts";

const PSK = new Uint8Array(32).fill(5);

/** What can differ between nodes. */
export interface RpcNodeConfig {
  readonly limits?: Partial<TransportLimits>;
  readonly codec?: Codec;
  readonly maxBodyBytes?: number | undefined;
  /** What it can do besides its services. */
  readonly capabilities?: CapabilitySet;
  /** Who may use what it offers, as it announces; default everybody. */
  readonly allowedNodes?: readonly NodeId[];
  /** Who is in its subnet. */
  readonly subnets?: SubnetPolicy;
  readonly logger?: Logger;
  readonly replayStore?: ReplayStore;
  readonly ambient?: AmbientContext;
  /** Takes the calls that come, in place of the server. */
  readonly answers?: StreamHandler;
  readonly tracer?: CallTracer;
}

/** One simulated node that serves and calls. */
export interface RpcNode {
  readonly name: string;
  readonly node: SimNode;
  readonly transport: Transport;
  readonly index: CapabilityIndex;
  readonly server: RpcServer;
  readonly client: RpcClient;
  readonly nodeId: NodeId;
  readonly entityId: EntityId;
  /** Every call that it made, at its end. */
  readonly calls: readonly CallEvent[];
  /** Every call that arrived there, at its end. */
  readonly served: readonly ServedCallEvent[];
  /** Withdraws what it serves, says goodbye and ends. */
  close(): Promise<void>;
}

/** Nodes that find each other's services, in virtual time. */
export class RpcWorld {
  readonly sim: Simulation;
  readonly #nodes: RpcNode[] = [];

  constructor(seed: number | string = 1, link: LinkConfig = {}) {
    this.sim = createSimulation({ seed, link: { latencyMs: 2, ...link } });
  }

  /** Adds a node, or starts the next life of one. */
  start(life: SimNode | string, config: RpcNodeConfig = {}): RpcNode {
    const node = typeof life === "string" ? this.sim.node(life) : life;
    const { limits, codec = jsonCodec, tracer } = config;
    const { clock, entropy, random, name } = node;
    const identity = identityOf(name);
    const { ambient, answers, replayStore, logger = silentLogger } = config;
    const crypto = defaultProvider();
    const transport = createTransport(
      { driver: node.bind({ port: 7_000 }), identity, clock, entropy },
      { psk: PSK, ...(limits && { limits }) },
    );
    const { nodeId } = identity;
    const { maxBodyBytes = Math.min(DEFAULT_MAX_BODY_BYTES, transport.maxMessageBytes) } = config;
    const index = new CapabilityIndex(
      { clock },
      { subnets: config.subnets && { nodeId, policy: config.subnets } },
    );
    const announcer = new Announcer(
      { transport, index, identity, crypto, clock, logger },
      // Sessions are what the tests make.
      { rankedNeighbours: 0 },
    );
    if (answers !== undefined) transport.serve(NRPC_PROTOCOL, answers);
    const server = new RpcServer({
      transport: answers === undefined ? transport : (noCalls as Transport),
      clock,
      logger,
      codec,
      maxBodyBytes,
      replayStore,
      ambient,
      tracer,
    });
    const directory = new Directory(index, transport.nodeId, rethrow);
    const client = new RpcClient({
      transport,
      directory,
      clock,
      random,
      logger,
      codec,
      maxBodyBytes,
      ambient,
      tracer,
      addressesOf: (nodeId) => index.get(nodeId)?.addresses ?? [],
    });
    server.onOffersChange(() => {
      let capabilities = config.capabilities ?? CapabilitySet.empty;
      for (const offer of server.offers()) {
        capabilities = capabilities
          .withTags(serviceTag(offer.name))
          .withMetadata(serviceKey(offer.name), formatOffer(offer));
      }
      announcer.announce(capabilities, { urgent: true, allowedNodes: config.allowedNodes });
    });
    const calls: CallEvent[] = [];
    client.onCall((event) => void calls.push(event));
    const served: ServedCallEvent[] = [];
    server.onServed((event) => void served.push(event));
    const made: RpcNode = {
      name,
      node,
      transport,
      index,
      server,
      client,
      nodeId: identity.nodeId,
      entityId: identity.entityId,
      calls,
      served,
      close: async () => {
        server.withdraw();
        transport.goAway();
        await announcer.close();
        await transport.close();
        await server.close();
        client[Symbol.dispose]();
        directory[Symbol.dispose]();
      },
    };
    this.#nodes.push(made);
    return made;
  }

  /** The latest life of the node of this name. */
  node(name: string): RpcNode {
    const node = this.#nodes.findLast((one) => one.name === name);
    if (node === undefined) throw new Error(`no node is called ${name}`);
    return node;
  }

  /** Runs code of a node to its end, letting time pass. */
  act<T>({ node }: RpcNode, fn: () => T | PromiseLike<T>, limitMs?: number): Promise<T> {
    return this.sim.settle(this.sim.run(node, fn), limitMs);
  }

  /** Starts code of a node without letting time pass; gives what it returns or throws. */
  begin({ node }: RpcNode, fn: () => unknown): Promise<unknown> {
    return this.sim.run(node, () => outcome(fn));
  }

  /** What code of a node throws, or returns. */
  async try(node: RpcNode, fn: () => unknown, limitMs?: number): Promise<unknown> {
    return await this.act(node, () => outcome(fn), limitMs);
  }

  /** Connects the first node to each of the others, and lets announcements spread. */
  async connect(from: RpcNode, ...others: readonly RpcNode[]): Promise<void> {
    for (const { transport } of others) {
      await this.act(from, () => from.transport.connect({ address: transport.address }));
    }
    await this.sim.runFor(200);
  }
}

/** The identity that a node of this name has in every world. */
export function identityOf(name: string): Identity {
  const seed = new Uint8Array(32);
  seed.set(new TextEncoder().encode(name.slice(0, 32)));
  return Identity.fromSeed(seed);
}

/** Brings no calls. */
const noCalls: Pick<Transport, "serve" | "maxMessageBytes"> = {
  serve: () => ({ [Symbol.dispose]() {} }),
  maxMessageBytes: Number.MAX_SAFE_INTEGER,
};

async function outcome(fn: () => unknown): Promise<unknown> {
  try {
    return await fn();
  } catch (error) {
    return error;
  }
}

function rethrow(error: unknown): never {
  throw error;
}
