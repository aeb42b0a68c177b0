import type { NodeId } from "@selvage/core";

import { Allowances } from "./allowance.ts";
import { Forwarder, type ForwarderHost } from "./forwarder.ts";
import { Neighbour, type RelaySession } from "./neighbour.ts";
import type { RelayedPacket, RelayLimit, RouteWord } from "./relay-frames.ts";
import type { RelayStats } from "./relay-stats.ts";
import { RouteExchange, type RouteExchangeHost } from "./route-exchange.ts";

/** Whether and how a transport relays for others. */
export interface RelayConfig {
  /** Pass on packets between peers that cannot reach each other. Default `true`. */
  readonly forward?: boolean | undefined;
}

/** Relaying at one node: for others, and by others for this one. */
export class Relays {
  readonly #host: RouteExchangeHost;
  readonly #exchange: RouteExchange;
  readonly #forwarder: Forwarder;
  readonly #neighbours: Map<RelaySession, Neighbour> = new Map();
  readonly #allowances: Allowances;

  constructor(host: RouteExchangeHost & ForwarderHost, { forward = true }: RelayConfig = {}) {
    this.#host = host;
    this.#allowances = new Allowances(host.limits, () => host.clock.now());
    this.#exchange = new RouteExchange(host, forward);
    this.#forwarder = new Forwarder(host, this.#exchange.table, forward);
  }

  // Sessions

  /** The session stands from now on. */
  onAdmitted(session: RelaySession): void {
    const neighbour = this.#of(session);
    neighbour.isAdmitted = true;
    this.#exchange.onPathChange(neighbour);
  }

  /** Something about the session may have changed that decides what it is good for. */
  review(session: RelaySession): void {
    const neighbour = this.#neighbours.get(session);
    if (neighbour !== undefined) this.#exchange.review(neighbour);
  }

  onPathChange(session: RelaySession): void {
    const neighbour = this.#neighbours.get(session);
    if (neighbour !== undefined) this.#exchange.onPathChange(neighbour);
  }

  onClosed(session: RelaySession): void {
    const neighbour = this.#neighbours.get(session);
    if (neighbour === undefined) return;
    this.#neighbours.delete(session);
    this.#exchange.remove(neighbour);
    neighbour.allowance.sessions--;
  }

  // What neighbours say

  onRelay(session: RelaySession, packet: RelayedPacket): void {
    this.#forwarder.onRelay(this.#of(session), packet);
  }

  onRoute(session: RelaySession, word: RouteWord): void {
    this.#exchange.onRoute(this.#of(session), word);
  }

  onRelayLimit(session: RelaySession, limit: RelayLimit): void {
    this.#forwarder.onRelayLimit(this.#of(session), limit);
  }

  // Our own use

  /** Whether the node can be reached through relays now. */
  hasRoute(nodeId: NodeId): boolean {
    return this.nextHop(nodeId) !== undefined;
  }

  /** The session on which a packet to the node would leave now. */
  nextHop(nodeId: NodeId): RelaySession | undefined {
    return this.#exchange.table.best(nodeId, { relayed: true })?.hop.session;
  }

  /** Sends a packet through relays, if it can. */
  send(nodeId: NodeId, packet: Uint8Array): void {
    this.#forwarder.send(nodeId, packet);
  }

  stats(): RelayStats {
    const { table, ignored } = this.#exchange;
    const { dropped, forwarded, forwardedBytes } = this.#forwarder;
    let routes = 0;
    for (const nodeId of table.destinations()) if (this.hasRoute(nodeId)) routes++;
    return { routes, forwarded, forwardedBytes, dropped, routesIgnored: ignored.snapshot() };
  }

  tick(now: number): void {
    this.#exchange.tick(now);
    this.#allowances.expire();
  }

  close(): void {
    this.#exchange.close();
  }

  /** The other end may know that a session stands, and speak of routes, before we do. */
  #of(session: RelaySession): Neighbour {
    const known = this.#neighbours.get(session);
    if (known !== undefined) return known;
    const allowance = this.#allowances.of(session.nodeId);
    allowance.sessions++;
    const neighbour = new Neighbour(session, this.#host.limits, allowance);
    this.#neighbours.set(session, neighbour);
    this.#exchange.add(neighbour);
    return neighbour;
  }
}
