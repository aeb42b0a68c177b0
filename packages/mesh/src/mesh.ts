import type {
  AnnouncerStats,
  AnnounceOptions,
  CapabilityEntry,
  CapabilityIndexStats,
  CapabilityQuery,
  CapabilityRequirement,
  CapabilitySet,
  CapabilityWatchEvent,
  SubnetConfig,
  WatchOptions,
} from "@selvage/capability-index";
import type { Clock, Closable, Entropy, Listen, Logger, NodeId, Random } from "@selvage/core";
import type { CryptoProvider, EntityId, Identity } from "@selvage/identity";
import type {
  AnyContract,
  CallEvent,
  CallInput,
  CallOptions,
  CallOutput,
  CallTracer,
  Handler,
  ReplayStore,
  RpcClientStats,
  ServeHandle,
  ServedCallEvent,
  ServeOptions,
  ServiceCallOptions,
  ServiceClient,
  ServiceContract,
} from "@selvage/nrpc";
import type { RpcMetricsSnapshot } from "@selvage/nrpc/observability";
import type {
  ConnectOptions,
  DatagramDriver,
  Peer,
  RelayConfig,
  TransportLimits,
  TransportStats,
} from "@selvage/transport";

import type { MeshStatus } from "./status.ts";

/** Options of `createMesh`. */
export interface MeshConfig {
  /**
   * The pre-shared key of the mesh: 32 random bytes (`generatePsk()`), or several for rotation.
   * Whoever holds it is a full member.
   */
  readonly psk: Uint8Array | readonly [Uint8Array, ...Uint8Array[]];
  /** Who this node is. Default: a new identity. */
  readonly identity?: Identity | undefined;
  /** `host:port` to bind; port 0 takes a free one. Default `127.0.0.1:0`. */
  readonly listen?: string | undefined;
  /** Addresses of other nodes, `host:port`. One that is alive is enough to find all others. */
  readonly peers?: readonly string[] | undefined;
  /**
   * Addresses under which others can dial this node. Default: the bound one; none if that is a
   * wildcard such as `0.0.0.0`.
   */
  readonly advertise?: readonly string[] | undefined;
  /** What this node can do besides its services. Default: nothing. */
  readonly capabilities?: CapabilitySet | undefined;
  /** Who is in which subnet, for queries in the own one. Default: only this node is in it. */
  readonly subnets?: Omit<SubnetConfig, "nodeId"> | undefined;
  /** Lifetime of announcements in seconds, 30 to 900. Default 300. */
  readonly ttlSeconds?: number | undefined;
  /** The largest request and response body, in bytes, up to `limits.maxMessageBytes`. Default 4 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Whether calls that handlers make inherit deadline, cancellation and trace of the call that they
   * serve, without naming it as their `parent`. Costs every handler a little. Default `false`.
   */
  readonly ambientContext?: boolean | undefined;
  /** Recognises repeated calls by their idempotency key. Default: one of this node's own. */
  readonly replayStore?: ReplayStore | undefined;
  readonly limits?: Partial<TransportLimits> | undefined;
  /** What this node does for others that cannot reach each other. Default: it relays. */
  readonly relay?: RelayConfig | undefined;
  /** Makes spans of calls made and served, such as `createOpenTelemetryTracer`. Default: nobody. */
  readonly tracer?: CallTracer | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
  /** Another network than UDP. Then `listen` means nothing. */
  readonly driver?: DatagramDriver | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly entropy?: Entropy | undefined;
  readonly crypto?: CryptoProvider | undefined;
}

/** A snapshot of a node's counters. */
export interface MeshStats {
  readonly transport: TransportStats;
  /** Nodes known, this one included. */
  readonly nodes: number;
  /** Calls that this node serves now. */
  readonly inFlight: number;
  /** Calls that it makes now, and what it knows of providers: load, latency, breakers, penalties. */
  readonly client: RpcClientStats;
  /** Calls made and served since the start, by service: at most 4,096 each way, the rest as one. */
  readonly calls: RpcMetricsSnapshot;
  /** Announcements that arrived, by what became of them, and how often others were told. */
  readonly announcements: AnnouncerStats;
  /** What the index of known nodes holds. */
  readonly index: CapabilityIndexStats;
  /** 16 hexadecimal digits that are equal at two nodes which know the same of everybody. */
  readonly tableDigest: string;
}

/** One node of a mesh. */
export interface Mesh extends Closable {
  readonly nodeId: NodeId;
  readonly entityId: EntityId;
  /** The bound address. */
  readonly address: string;

  /**
   * Serves a service; other nodes find it by its name.
   *
   * @throws RpcError with kind `already-served` or `closed`.
   */
  serve<C extends AnyContract>(
    contract: C,
    handler: Handler<C>,
    options?: ServeOptions,
  ): ServeHandle;
  /** Serves a unary service without schemas, in version 1.0. */
  serve(name: string, handler: Handler<ServiceContract>, options?: ServeOptions): ServeHandle;

  /**
   * Calls a service by name, on whichever node serves it best. One response is promised; many can
   * be iterated, once, and leaving the loop cancels the call.
   *
   * @throws RpcError; the signal's reason when it aborted; what a request stream throws, as it is.
   * Of calls with a response stream, reading throws.
   */
  callService<C extends AnyContract>(
    contract: C,
    request: CallInput<C>,
    options?: ServiceCallOptions,
  ): CallOutput<C>;
  /** Calls a service without schemas. What is not declared idempotent is never repeated. */
  callService<Response = unknown>(
    name: string,
    request: unknown,
    options?: ServiceCallOptions,
  ): Promise<Response>;

  /**
   * Calls a service on one node. The call never moves: if the node is lost, it fails.
   *
   * @throws as {@link callService}.
   */
  callNode<C extends AnyContract>(
    nodeId: NodeId,
    contract: C,
    request: CallInput<C>,
    options?: CallOptions,
  ): CallOutput<C>;
  callNode<Response = unknown>(
    nodeId: NodeId,
    name: string,
    request: unknown,
    options?: CallOptions,
  ): Promise<Response>;
  /** A function that calls a service by name, with these options unless others are given. */
  client<C extends AnyContract>(contract: C, defaults?: ServiceCallOptions): ServiceClient<C>;

  /**
   * Connects to the node at an address, once.
   *
   * @throws TransportError.
   */
  connect(address: string, options?: ConnectOptions): Promise<Peer>;
  /** Nodes with which a session stands. */
  peers(): Peer[];
  /**
   * Known nodes that are as asked, ordered by node id; all known nodes without a question. This one
   * may be among them.
   *
   * @throws TypeError for a question that has no such property; RangeError for a size or a predicate
   * beyond what is allowed.
   */
  findNodes(query?: CapabilityQuery): readonly CapabilityEntry[];
  /**
   * The one of the nodes that {@link findNodes} would give which has the most of what is preferred;
   * of equal ones that with the lowest node id.
   *
   * @throws TypeError and RangeError as {@link findNodes}, and for weights that are not finite.
   */
  findBest(requirement?: CapabilityRequirement): CapabilityEntry | undefined;
  /**
   * {@link findNodes} as a live query: `added` for all that is found, `ready`, then what changes. It
   * ends with the signal and with the mesh, and when the reader stops.
   *
   * @throws TypeError and RangeError as {@link findNodes}; CapabilityError with kind
   * `too-many-watchers` for more than 256 at a time.
   */
  watch(query?: CapabilityQuery, options?: WatchOptions): AsyncIterable<CapabilityWatchEvent>;
  /** Known nodes that serve a service, in whatever version. */
  findProviders(service: AnyContract | string): readonly CapabilityEntry[];
  /**
   * Replaces what this node says it can do besides its services, and tells everybody: changes within
   * 20 ms as one, and of many ten at once and one per second. With `allowedNodes`, at most 64, others
   * neither call this node by the name of a service; it is their restraint, `serve` can refuse them.
   *
   * @throws CapabilityError with kind `oversize` when receivers would not take it; RangeError for
   * too many allowed nodes. What was announced before goes on.
   */
  announce(capabilities: CapabilitySet, options?: Pick<AnnounceOptions, "allowedNodes">): void;

  /** What happens at this node from now on. Each call opens a feed of its own. */
  status(): AsyncIterable<MeshStatus>;
  /** One event per call made from here, at its end. */
  readonly onCall: Listen<CallEvent>;
  /** One event per call that arrived here, also if it was refused, at its end. */
  readonly onServed: Listen<ServedCallEvent>;
  stats(): MeshStats;
  /**
   * Leaves gracefully: callers turn elsewhere, calls in progress finish, peers hear goodbye.
   * Idempotent.
   */
  close(): Promise<void>;
}
