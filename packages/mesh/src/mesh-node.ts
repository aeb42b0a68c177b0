import {
  type AnnounceOptions,
  Announcer,
  assertCapabilities,
  CapabilityIndex,
  CapabilitySet,
  type CapabilityEntry,
  type CapabilityQuery,
  type CapabilityRequirement,
  type CapabilityWatchEvent,
  type WatchOptions,
} from "@selvage/capability-index";
import {
  type Clock,
  CloseOnce,
  type Listen,
  type Logger,
  type NodeId,
  type Random,
  toHex,
} from "@selvage/core";
import type { CryptoProvider, EntityId, Identity } from "@selvage/identity";
import {
  type AnyContract,
  type CallEvent,
  type CallInput,
  type CallOptions,
  createAmbientContext,
  DEFAULT_MAX_BODY_BYTES,
  Directory,
  formatOffer,
  type Handler,
  jsonCodec,
  RpcClient,
  RpcServer,
  type ServedCallEvent,
  type ServeHandle,
  type ServeOptions,
  type ServiceCallOptions,
  type ServiceClient,
  serviceKey,
  serviceTag,
} from "@selvage/nrpc";
import { RpcMetrics } from "@selvage/nrpc/observability";
import type { ConnectOptions, Peer, Transport } from "@selvage/transport";

import { ConfiguredPeers } from "./configured-peers.ts";
import type { Mesh, MeshConfig, MeshStats } from "./mesh.ts";
import { type MeshStatus, openStatusFeed, type StatusFeed } from "./status.ts";

/** What a node is made of. */
export interface MeshNodeParts {
  readonly transport: Transport;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: CryptoProvider;
  readonly logger: Logger;
}

/** How long handlers that outlive their streams are waited for, in milliseconds. */
const HANDLER_GRACE_MS = 1_000;

/** The one implementation of {@link Mesh}: wires the layers and keeps no logic of its own. */
export class MeshNode implements Mesh {
  readonly #parts: MeshNodeParts;
  readonly #index: CapabilityIndex;
  readonly #announcer: Announcer;
  readonly #configured: ConfiguredPeers;
  readonly #directory: Directory;
  readonly #server: RpcServer;
  readonly #client: RpcClient;
  readonly #metrics: RpcMetrics;
  readonly #feeds: Set<StatusFeed> = new Set();
  readonly #closeOnce = new CloseOnce(() => this.#close());
  #capabilities: CapabilitySet;
  #allowedNodes: readonly NodeId[] = [];
  /** Until then, handlers that finish their work may still call others. */
  #isClosed = false;

  constructor(config: MeshConfig, parts: MeshNodeParts) {
    const { transport, clock, random, crypto, logger, identity } = parts;
    const reportError = (error: unknown): void => logger.error("a listener threw", { error });
    const { tracer } = config;
    const maxBodyBytes =
      config.maxBodyBytes ?? Math.min(DEFAULT_MAX_BODY_BYTES, transport.maxMessageBytes);
    this.#parts = parts;
    this.#capabilities = config.capabilities ?? CapabilitySet.empty;
    this.#index = new CapabilityIndex(
      { clock, reportError },
      { subnets: { nodeId: transport.nodeId, ...config.subnets } },
    );
    this.#announcer = new Announcer(
      { transport, index: this.#index, identity, crypto, clock, logger },
      { ttlSeconds: config.ttlSeconds },
    );
    this.#directory = new Directory(this.#index, transport.nodeId, reportError);
    const ambient = config.ambientContext === true ? createAmbientContext() : undefined;
    this.#server = new RpcServer({
      transport,
      clock,
      logger,
      codec: jsonCodec,
      maxBodyBytes,
      ambient,
      replayStore: config.replayStore,
      crypto,
      tracer,
    });
    this.#client = new RpcClient({
      transport,
      directory: this.#directory,
      clock,
      random,
      logger,
      codec: jsonCodec,
      maxBodyBytes,
      ambient,
      tracer,
      addressesOf: (nodeId) => this.#index.get(nodeId)?.addresses,
    });
    this.#metrics = new RpcMetrics({ client: this.#client, server: this.#server });
    this.#server.onOffersChange(() => this.#publish({ urgent: true }));
    if (config.capabilities !== undefined) this.#publish({ urgent: true });
    const onFound = (address: string, nodeId: NodeId): void =>
      this.#announcer.configurePeer(address, nodeId);
    this.#configured = new ConfiguredPeers(
      { transport, clock, random, logger, onFound },
      config.peers ?? [],
    );
  }

  get nodeId(): NodeId {
    return this.#parts.identity.nodeId;
  }

  get entityId(): EntityId {
    return this.#parts.identity.entityId;
  }

  get address(): string {
    return this.#parts.transport.address;
  }

  get onCall(): Listen<CallEvent> {
    return this.#client.onCall;
  }

  get onServed(): Listen<ServedCallEvent> {
    return this.#server.onServed;
  }

  serve<C extends AnyContract>(
    service: C | string,
    handler: Handler<C>,
    options?: ServeOptions,
  ): ServeHandle {
    return this.#server.serve(service as C, handler, options);
  }

  callService<C extends AnyContract>(
    service: C | string,
    request: CallInput<C>,
    options?: ServiceCallOptions,
  ): never {
    return this.#client.callService(service as C, request, options) as never;
  }

  callNode<C extends AnyContract>(
    nodeId: NodeId,
    service: C | string,
    request: CallInput<C>,
    options?: CallOptions,
  ): never {
    return this.#client.callNode(nodeId, service as C, request, options) as never;
  }

  client<C extends AnyContract>(contract: C, defaults?: ServiceCallOptions): ServiceClient<C> {
    return this.#client.client(contract, defaults);
  }

  async connect(address: string, options?: ConnectOptions): Promise<Peer> {
    const peer = await this.#parts.transport.connect({ address }, options);
    this.#announcer.configurePeer(address, peer.nodeId);
    return peer;
  }

  peers(): Peer[] {
    return this.#parts.transport.peers();
  }

  findNodes(query?: CapabilityQuery): readonly CapabilityEntry[] {
    return this.#index.find(query);
  }

  findBest(requirement?: CapabilityRequirement): CapabilityEntry | undefined {
    return this.#index.findBest(requirement);
  }

  watch(query?: CapabilityQuery, options?: WatchOptions): AsyncIterable<CapabilityWatchEvent> {
    return this.#index.watch(query, options);
  }

  findProviders(service: AnyContract | string): readonly CapabilityEntry[] {
    const name = typeof service === "string" ? service : service.name;
    return this.#index.find({ tags: [serviceTag(name)] });
  }

  announce(
    capabilities: CapabilitySet,
    { allowedNodes = [] }: Pick<AnnounceOptions, "allowedNodes"> = {},
  ): void {
    assertCapabilities(capabilities);
    this.#capabilities = capabilities;
    this.#allowedNodes = allowedNodes;
    this.#publish({ urgent: false });
  }

  status(): AsyncIterable<MeshStatus> {
    const { transport, clock } = this.#parts;
    const feed = openStatusFeed({
      transport,
      index: this.#index,
      announcer: this.#announcer,
      onCall: (listener) => this.#client.onCall(listener),
      wallNow: () => clock.wallNow(),
    });
    if (this.#isClosed) feed.close();
    else this.#feeds.add(feed);
    return feed;
  }

  stats(): MeshStats {
    const announcements = this.#announcer.stats();
    const index = this.#index.stats();
    return {
      transport: this.#parts.transport.stats(),
      nodes: index.entries,
      inFlight: this.#server.inFlight,
      client: this.#client.stats(),
      calls: this.#metrics.snapshot(),
      announcements,
      index,
      tableDigest: toHex(this.#index.digest()),
    };
  }

  close(): Promise<void> {
    return this.#closeOnce.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Announces what the user said and what is served, as one thing. */
  #publish({ urgent }: { readonly urgent: boolean }): void {
    if (this.#closeOnce.started) return;
    let capabilities = this.#capabilities;
    for (const offer of this.#server.offers()) {
      capabilities = capabilities
        .withTags(serviceTag(offer.name))
        .withMetadata(serviceKey(offer.name), formatOffer(offer));
    }
    this.#announcer.announce(capabilities, { urgent, allowedNodes: this.#allowedNodes });
  }

  /** First nobody new comes, then those who are here finish, then everything ends. */
  async #close(): Promise<void> {
    const { transport, clock } = this.#parts;
    this.#configured[Symbol.dispose]();
    this.#server.withdraw();
    transport.goAway();
    await this.#announcer.close();
    await transport.close();
    this.#isClosed = true;
    this.#client[Symbol.dispose]();
    const giveUp = new AbortController();
    const grace = clock.sleep(HANDLER_GRACE_MS, { signal: giveUp.signal }).catch(() => {});
    await Promise.race([this.#server.close(), grace]);
    giveUp.abort();
    this.#directory[Symbol.dispose]();
    this.#index[Symbol.dispose]();
    for (const feed of this.#feeds) feed.close();
  }
}
