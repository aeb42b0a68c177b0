import { type Random, shuffle } from "@selvage/core";

import { chance, oneOf } from "../world/draw.ts";

/** Two nodes that talk with each other. */
export interface Edge {
  readonly a: string;
  readonly b: string;
  /** Who of them dials: one or both. */
  readonly dialers: readonly string[];
  /** Never does a datagram get from one to the other: others must relay. */
  readonly isSeparated: boolean;
  /** They are dialled by address, and not by node id alone. */
  readonly hasAddress: boolean;
}

/** The share of other pairs that have a link of their own … */
const LINKED_SHARE = 0.3;
/** … and of those without one that talk all the same. */
const SEPARATED_SHARE = 0.4;

/** Everybody hangs together, some by more than one link, and some talk without one. */
export function drawEdges(random: Random, names: readonly string[]): Edge[] {
  const edges: Edge[] = [];
  names.forEach((b, at) => {
    const [first, ...others] = shuffle(random, names.slice(0, at));
    if (first !== undefined) edges.push(drawEdge(random, first, b, false));
    for (const a of others) {
      if (chance(random, LINKED_SHARE)) edges.push(drawEdge(random, a, b, false));
      else if (chance(random, SEPARATED_SHARE)) edges.push(drawEdge(random, a, b, true));
    }
  });
  return edges;
}

/** Whose address may change: of two with a link, one stays where it is. */
export function drawMobile(
  random: Random,
  names: readonly string[],
  edges: readonly Edge[],
): ReadonlySet<string> {
  const mobile = new Set<string>();
  for (const name of shuffle(random, names)) {
    const hasMobileNeighbour = neighboursOf(name, edges).some((other) => mobile.has(other));
    if (!hasMobileNeighbour && chance(random, 0.5)) mobile.add(name);
  }
  return mobile;
}

/** The ways from one node to another along links, through nobody twice; each names all on it. */
export function waysBetween(
  from: string,
  to: string,
  edges: readonly Edge[],
  behind: readonly string[] = [],
): readonly (readonly string[])[] {
  const way = [...behind, from];
  if (from === to) return [way];
  return neighboursOf(from, edges)
    .filter((next) => !way.includes(next))
    .flatMap((next) => waysBetween(next, to, edges, way));
}

function neighboursOf(name: string, edges: readonly Edge[]): readonly string[] {
  return edges.flatMap(({ a, b, isSeparated }) => {
    if (isSeparated) return [];
    if (a === name) return [b];
    return b === name ? [a] : [];
  });
}

const drawEdge = (random: Random, a: string, b: string, isSeparated: boolean): Edge => ({
  a,
  b,
  isSeparated,
  hasAddress: !isSeparated || chance(random, 0.5),
  dialers: oneOf(random, [[a], [b], [a, b]]),
});
