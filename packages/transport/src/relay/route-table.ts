import type { NodeId } from "@selvage/core";

/** Nodes through which ways are kept to one destination. */
export const MAX_ALTERNATES = 4;

/** How good a neighbour is as a next hop. */
export const Standing = {
  /** Not reached directly, or not at all. */
  none: 0,
  /** Silent: better than nothing. */
  doubtful: 1,
  good: 2,
} as const;

/** One value of {@link Standing}. */
export type Standing = (typeof Standing)[keyof typeof Standing];

/** A neighbour, as a next hop. */
export interface Hop {
  readonly nodeId: NodeId;
  readonly standing: Standing;
  /** It shuts down: still to be reached, but no longer to be relied on for reaching others. */
  readonly isLeaving: boolean;
}

/** A way to a destination. */
export interface Way<H extends Hop> {
  readonly hop: H;
  /** The relays on it, nearest first; empty if the destination is the neighbour itself. */
  readonly path: readonly NodeId[];
}

/** Which ways to ask for. */
export interface WayOptions {
  /** Nodes that must not be on the way. */
  readonly avoid?: readonly NodeId[] | undefined;
  /** Only ways through relays. Default `false`. */
  readonly relayed?: boolean | undefined;
  /** Only through neighbours in good standing. Default `false`. */
  readonly good?: boolean | undefined;
}

/**
 * The known ways to every destination, through {@link MAX_ALTERNATES} nodes at most: the sessions of
 * one node are one way, of which any will do.
 * The best one leads through a neighbour in good standing, then over the fewest relays; the lower
 * node id decides ties, so that the choice depends on nothing that wavers.
 */
export class RouteTable<H extends Hop> {
  readonly #ways: Map<NodeId, Way<H>[]> = new Map();
  /** Destinations to which there are ways that are not kept. */
  readonly #cut: Set<NodeId> = new Set();

  /** Destinations to which some way is known. */
  get size(): number {
    return this.#ways.size;
  }

  has(destination: NodeId): boolean {
    return this.#ways.has(destination);
  }

  destinations(): Iterable<NodeId> {
    return this.#ways.keys();
  }

  /** Takes the neighbour's word for its way to a destination, in place of an earlier one. */
  set(destination: NodeId, way: Way<H>): void {
    const others = (this.#ways.get(destination) ?? []).filter(({ hop }) => hop !== way.hop);
    const ways = [...others, way].toSorted(byLength);
    const relays = new Set(ways.filter(isRelayed).map(({ hop }) => hop.nodeId));
    const [excess] = [...relays].slice(MAX_ALTERNATES);
    if (excess !== undefined) this.#cut.add(destination);
    const kept = ways.filter((one) => !isRelayed(one) || one.hop.nodeId !== excess);
    this.#ways.set(destination, kept);
  }

  /** Forgets the way through a neighbour; answers whether others may be set that were not kept. */
  remove(destination: NodeId, hop: H): boolean {
    const ways = (this.#ways.get(destination) ?? []).filter((way) => way.hop !== hop);
    if (ways.length > 0) this.#ways.set(destination, ways);
    else this.#ways.delete(destination);
    return this.#cut.delete(destination);
  }

  /** The best way now. */
  best(destination: NodeId, options: WayOptions = {}): Way<H> | undefined {
    const { avoid = [], relayed = false, good = false } = options;
    // Nobody is sent back what it sent.
    if (avoid.includes(destination)) return undefined;
    let best: Way<H> | undefined;
    let bestStanding: Standing = good ? Standing.doubtful : Standing.none;
    for (const way of this.#ways.get(destination) ?? []) {
      // They are in order of length: only a better standing beats an earlier one.
      const standing = standingOf(way);
      if (standing <= bestStanding || (relayed && !isRelayed(way))) continue;
      if (avoid.some((node) => way.path.includes(node))) continue;
      best = way;
      bestStanding = standing;
    }
    return best;
  }
}

const isRelayed = ({ path }: Way<Hop>): boolean => path.length > 0;

function standingOf({ hop, path }: Way<Hop>): Standing {
  const isShaky = hop.isLeaving && path.length > 0 && hop.standing === Standing.good;
  return isShaky ? Standing.doubtful : hop.standing;
}

function byLength<H extends Hop>(one: Way<H>, other: Way<H>): number {
  return one.path.length - other.path.length || (one.hop.nodeId < other.hop.nodeId ? -1 : 1);
}
