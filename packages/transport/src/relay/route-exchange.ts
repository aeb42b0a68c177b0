import type { Clock, NodeId } from "@selvage/core";

import type { TransportLimits } from "../defaults.ts";
import { Counters } from "../stats.ts";
import type { Neighbour } from "./neighbour.ts";
import type { RouteWord } from "./relay-frames.ts";
import type { RouteIgnored } from "./relay-stats.ts";
import { Rounds } from "./rounds.ts";
import { RouteFrame } from "./route-frame.ts";
import { RouteTable } from "./route-table.ts";

/** What the exchange of routes needs of its node. */
export interface RouteExchangeHost {
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly nodeId: NodeId;
}

/** What stands for a word that may not have arrived. */
const UNCERTAIN = "?";

/**
 * Tells neighbours which destinations can be reached through this node, and learns the same of
 * them: path vectors (as BGP's, RFC 4271), so that no route leads through a node twice. A neighbour
 * hears of the best way that does not lead through itself, which is the way that its packets would
 * take from here. Only what is sure is told: a way through a silent hop is withdrawn.
 */
export class RouteExchange {
  readonly table: RouteTable<Neighbour> = new RouteTable();
  readonly ignored: Counters<RouteIgnored> = new Counters();
  readonly #host: RouteExchangeHost;
  readonly #forward: boolean;
  readonly #neighbours: Map<NodeId, Neighbour[]> = new Map();
  readonly #rounds: Rounds;

  /** `forward`: this node passes on what is not for itself. */
  constructor(host: RouteExchangeHost, forward: boolean) {
    this.#host = host;
    this.#forward = forward;
    this.#rounds = new Rounds(host.clock, (destinations) => this.#tellAll(destinations));
  }

  /** Sessions with a node. */
  of(nodeId: NodeId): readonly Neighbour[] {
    return this.#neighbours.get(nodeId) ?? [];
  }

  add(neighbour: Neighbour): void {
    this.#neighbours.set(neighbour.nodeId, [...this.of(neighbour.nodeId), neighbour]);
    this.review(neighbour);
  }

  remove(neighbour: Neighbour): void {
    const { nodeId, heard } = neighbour;
    const others = this.of(nodeId).filter((one) => one !== neighbour);
    if (others.length > 0) this.#neighbours.set(nodeId, others);
    else this.#neighbours.delete(nodeId);
    for (const destination of [nodeId, ...heard.routes]) {
      this.#forget(destination, neighbour);
      this.#rounds.mark(destination);
    }
  }

  /** Something about a neighbour may have changed: its path, its health, its plans. */
  review(neighbour: Neighbour): void {
    const wasDirect = neighbour.isDirect;
    if (!neighbour.review(this.#host.clock.now())) return;
    const { heard, isDirect, nodeId, told } = neighbour;
    if (wasDirect !== isDirect) {
      if (isDirect) this.table.set(nodeId, { hop: neighbour, path: [] });
      else this.#forget(nodeId, neighbour);
      for (const destination of [...this.table.destinations(), ...told.keys()]) {
        this.#rounds.mark(destination);
      }
    }
    for (const destination of [nodeId, ...heard.routes]) this.#rounds.mark(destination);
  }

  /** The session of a neighbour has taken another path. */
  onPathChange(neighbour: Neighbour): void {
    this.review(neighbour);
    neighbour.via = this.#viaTo(neighbour);
  }

  /**
   * A neighbour's word. One that cannot be taken still replaces its earlier ones: those no longer
   * hold.
   */
  onRoute(neighbour: Neighbour, word: RouteWord): void {
    const { destination, path } = word;
    const problem = path.length === 0 ? undefined : this.#problemOf(neighbour, word);
    const isUsable = path.length > 0 && problem === undefined;
    const refusal = neighbour.heard.take(word, isUsable, this.#host.clock.now());
    const reason = refusal ?? problem;
    if (reason !== undefined) this.ignored.count(reason);
    if (refusal !== undefined) return;
    if (isUsable) this.table.set(destination, { hop: neighbour, path });
    else this.#forget(destination, neighbour);
    this.#rounds.mark(destination);
  }

  /** What a neighbour should be told of a destination now; `undefined`: that there is no way. */
  pathFor(neighbour: Neighbour, destination: NodeId): readonly NodeId[] | undefined {
    const { nodeId } = this.#host;
    if (!this.#forward || !neighbour.isDirect) return undefined;
    // Of two who both reach it directly, one telling the other is enough while all is well.
    if (neighbour.nodeId < nodeId && neighbour.heard.pathTo(destination).length === 1) {
      return undefined;
    }
    const way = this.table.best(destination, { avoid: [neighbour.nodeId], good: true });
    if (way === undefined || way.path.length >= this.#host.limits.maxRelayHops) return undefined;
    return [nodeId, ...way.path];
  }

  /** A word to a neighbour was lost: says how things stand now. */
  onLost(neighbour: Neighbour, destination: NodeId): void {
    neighbour.told.set(destination, UNCERTAIN);
    this.#say(neighbour, destination);
  }

  /** Forgets what no longer matters. */
  expire(now: number): void {
    for (const neighbours of this.#neighbours.values()) {
      for (const { heard } of neighbours) heard.expire(now);
    }
  }

  close(): void {
    this.#rounds[Symbol.dispose]();
  }

  /** The way through a neighbour is gone: another, for which there was no room, may take its place. */
  #forget(destination: NodeId, neighbour: Neighbour): void {
    if (!this.table.remove(destination, neighbour)) return;
    for (const hop of [...this.#neighbours.values()].flat()) {
      const path = hop.heard.pathTo(destination);
      if (hop !== neighbour && path.length > 0) this.table.set(destination, { hop, path });
    }
  }

  #problemOf(neighbour: Neighbour, { destination, path }: RouteWord): RouteIgnored | undefined {
    const { limits, nodeId } = this.#host;
    if (destination === nodeId || path[0] !== neighbour.nodeId) return "implausible";
    if (path.length > limits.maxRelayHops) return "too-long";
    if (new Set([nodeId, destination, ...path]).size < path.length + 2) return "loop";
    const isFull = !this.table.has(destination) && this.table.size >= limits.maxRoutes;
    return isFull ? "too-many" : undefined;
  }

  #tellAll(destinations: Iterable<NodeId>): void {
    for (const destination of destinations) {
      for (const neighbours of this.#neighbours.values()) {
        for (const neighbour of neighbours) this.#tell(neighbour, destination);
      }
      for (const end of this.of(destination)) this.#reroute(end);
    }
  }

  #tell(neighbour: Neighbour, destination: NodeId): void {
    if (neighbour.nodeId === destination) return;
    const path = this.pathFor(neighbour, destination)?.join();
    if (path !== neighbour.told.get(destination)) this.#say(neighbour, destination);
  }

  #say(neighbour: Neighbour, destination: NodeId): void {
    if (neighbour.waiting.has(destination)) return;
    neighbour.waiting.add(destination);
    const relays = this.#host.limits.maxRelayHops;
    neighbour.session.say(new RouteFrame(this, neighbour, destination, relays));
  }

  /** Whose path leads through relays starts anew when those are others. */
  #reroute(end: Neighbour): void {
    const via = this.#viaTo(end);
    if (via === end.via) return;
    end.via = via;
    if (via !== undefined) end.session.onRouteChange();
  }

  #viaTo({ isAdmitted, isDirect, nodeId }: Neighbour): string | undefined {
    if (isDirect || !isAdmitted) return undefined;
    return this.table.best(nodeId, { relayed: true })?.path.join();
  }
}
