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

/**
 * Every word is repeated once in this time, in milliseconds: a neighbour that had no room for it, nor
 * for remembering it, may have some now.
 */
export const ROUTE_REPEAT_MS = 600_000;

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
    heard.clear();
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
   * hold. One that comes too often, or for which there is no room, waits to be taken.
   */
  onRoute(neighbour: Neighbour, word: RouteWord): void {
    const { allowance, heard } = neighbour;
    const { destination, path } = word;
    const wasUsed = heard.pathTo(destination).length > 0;
    const problem = path.length === 0 ? undefined : this.#problemOf(neighbour, word);
    const isUsable = path.length > 0 && problem === undefined;
    const refusal = heard.take(word, isUsable, this.#host.clock.now());
    let reason: RouteIgnored | undefined = refusal ?? problem;
    if (reason === undefined && isUsable) {
      if (!this.#hasRoom(destination)) reason = "too-many";
      else if (!allowance.words.take()) reason = "too-often";
      else return this.#use(neighbour, destination);
    }
    if (reason !== undefined) this.ignored.count(reason);
    if (refusal !== undefined || !wasUsed) return;
    this.#forget(destination, neighbour);
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

  /** Does what was put off, and forgets what no longer matters. */
  tick(now: number): void {
    for (const neighbour of [...this.#neighbours.values()].flat()) {
      const { damping, heard } = neighbour;
      heard.expire(now);
      damping.expire(now);
      this.#useLate(neighbour);
      for (const destination of damping.held()) this.#tell(neighbour, destination);
      this.#repeat(neighbour, now);
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
    return new Set([nodeId, destination, ...path]).size < path.length + 2 ? "loop" : undefined;
  }

  #hasRoom(destination: NodeId): boolean {
    return this.table.has(destination) || this.table.size < this.#host.limits.maxRoutes;
  }

  #use(neighbour: Neighbour, destination: NodeId): void {
    this.table.set(destination, { hop: neighbour, path: neighbour.heard.use(destination) });
    this.#rounds.mark(destination);
  }

  /** Tries the ways that wait longest. */
  #useLate(neighbour: Neighbour): void {
    const { allowance, heard } = neighbour;
    for (let next = heard.nextUnused; next !== undefined; next = heard.nextUnused) {
      if (!allowance.lateWords.take()) return;
      if (this.#hasRoom(next)) this.#use(neighbour, next);
      else heard.putOff(next);
    }
  }

  /** Says one word again when its time has come: the one that was said longest ago. */
  #repeat(neighbour: Neighbour, now: number): void {
    const { repeatAt, told } = neighbour;
    if (repeatAt !== undefined && now < repeatAt) return;
    neighbour.repeatAt = now + ROUTE_REPEAT_MS / Math.max(1, told.size);
    const [destination] = told.keys();
    if (repeatAt === undefined || destination === undefined) return;
    told.delete(destination);
    this.onLost(neighbour, destination);
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
    const { damping, told, waiting } = neighbour;
    const path = this.pathFor(neighbour, destination)?.join();
    if (path === told.get(destination)) return damping.drop(destination);
    if (waiting.has(destination)) return;
    // That a way is gone is said at once.
    const isDamped = path !== undefined && !damping.take(destination, this.#host.clock.now());
    if (!isDamped) this.#say(neighbour, destination);
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
