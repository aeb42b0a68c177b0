import type { NodeId } from "@selvage/core";

import type { Allowance } from "./allowance.ts";
import type { RouteWord } from "./relay-frames.ts";

/** For how long a withdrawn route is remembered: no older word is under way then, in milliseconds. */
const REMEMBER_MS = 60_000;

interface Heard {
  readonly sequence: number;
  readonly at: number;
  /** The relays on the way; empty if there is none. */
  readonly path: readonly NodeId[];
}

/** The latest word of one session for each destination: later words overtake earlier ones. */
export class RoutesHeard {
  readonly #allowance: Pick<Allowance, "claim" | "release">;
  readonly #heard: Map<NodeId, Heard> = new Map();
  /** Destinations to which a way was named that is not used yet. */
  readonly #unused: Set<NodeId> = new Set();

  constructor(allowance: Pick<Allowance, "claim" | "release">) {
    this.#allowance = allowance;
  }

  /** Destinations to which a way is used. */
  get routes(): NodeId[] {
    return [...this.#heard.keys()].filter((nodeId) => this.pathTo(nodeId).length > 0);
  }

  /** The way to a destination that waits longest to be used. */
  get nextUnused(): NodeId | undefined {
    for (const destination of this.#unused) return destination;
    return undefined;
  }

  /** The relays on the used way to a destination, the neighbour first; empty if there is none. */
  pathTo(destination: NodeId): readonly NodeId[] {
    return this.#unused.has(destination) ? [] : (this.#heard.get(destination)?.path ?? []);
  }

  /** Takes a word, of which `isUsable` says whether it names a way; answers why not, if so. */
  take(word: RouteWord, isUsable: boolean, now: number): "stale" | "too-many" | undefined {
    const { destination, sequence, path } = word;
    const known = this.#heard.get(destination);
    if (known !== undefined && sequence <= known.sequence) return "stale";
    if (known === undefined && !this.#allowance.claim(destination)) return "too-many";
    this.#heard.set(destination, { sequence, at: now, path: isUsable ? path : [] });
    if (isUsable) this.#unused.add(destination);
    else this.#unused.delete(destination);
    return undefined;
  }

  /** The way to a destination is used from now on: answers its relays. */
  use(destination: NodeId): readonly NodeId[] {
    this.#unused.delete(destination);
    return this.pathTo(destination);
  }

  /** The way to a destination must wait, behind others that wait. */
  putOff(destination: NodeId): void {
    this.#unused.delete(destination);
    this.#unused.add(destination);
  }

  /** Forgets what was withdrawn long ago. */
  expire(now: number): void {
    for (const [destination, { path, at }] of this.#heard) {
      if (path.length === 0 && now - at >= REMEMBER_MS) this.#forget(destination);
    }
  }

  /** Forgets everything. */
  clear(): void {
    for (const destination of this.#heard.keys()) this.#forget(destination);
  }

  #forget(destination: NodeId): void {
    this.#heard.delete(destination);
    this.#unused.delete(destination);
    this.#allowance.release(destination);
  }
}
