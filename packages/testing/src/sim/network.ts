import type { LinkConfig } from "./link.ts";

/** A node or its name: what is done to a node outlives its restarts. */
export type NodeRef = string | { readonly name: string };

/** One node or several, for {@link SimNetwork.partition}. */
export type NodeGroup = NodeRef | readonly NodeRef[];

/** A datagram on its way from a node, before the network does anything to it. */
export interface TapEvent {
  /** Names of the nodes; `to` is `undefined` where no node has the address. */
  readonly from: string;
  readonly to: string | undefined;
  readonly fromAddress: string;
  readonly toAddress: string;
  /** A view, valid during the call; copy what you keep. */
  readonly datagram: Uint8Array;
}

/** Options of the verbs that work on a pair of nodes. */
export interface DirectionOptions {
  /** Only from the first to the second. Default both ways. */
  readonly oneWay?: boolean | undefined;
}

/** The links between simulated nodes, and what can go wrong with them. */
export interface SimNetwork {
  /** Sets what differs from the defaults between two nodes, replacing what was set before. */
  link(a: NodeRef, b: NodeRef, config: LinkConfig, options?: DirectionOptions): void;
  /** Changes the defaults of all links. */
  linkAll(config: LinkConfig): void;
  /** Drops everything sent between two nodes, or groups, from now on. */
  partition(a: NodeGroup, b: NodeGroup, options?: DirectionOptions): void;
  /** Drops everything from and to the node, except what it sends to itself. */
  isolate(node: NodeRef): void;
  /**
   * Undoes partitions and isolation: between two nodes (one way, if asked for), of one node, or
   * all.
   */
  heal(a?: NodeRef, b?: NodeRef, options?: DirectionOptions): void;
  /**
   * Gives the node another outer address, as a NAT that forgot it does: others see its packets
   * come from the new one, and what is sent to the old one is lost from now on. The node's own
   * sockets stay where they are bound, those of later lives too, and it is told nothing.
   */
  rebind(node: NodeRef): void;
  /** Watches every datagram as it is sent; one for which `fn` answers `drop` goes no further. */
  tap(fn: (event: TapEvent) => "drop" | undefined | void): Disposable;
  /** Lets a datagram with a forged source arrive after `delayMs` (default 0). Copies it. */
  inject(datagram: Uint8Array, route: InjectRoute): void;
}

/** Where an injected datagram seems to come from and where it goes. */
export interface InjectRoute {
  readonly from: string;
  readonly to: string;
  readonly delayMs?: number | undefined;
}
