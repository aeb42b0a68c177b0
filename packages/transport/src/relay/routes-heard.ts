import type { NodeId } from "@selvage/core";

import type { RouteWord } from "./relay-frames.ts";

/** For how long a withdrawn route is remembered: no older word is under way then, in milliseconds. */
const REMEMBER_MS = 60_000;

interface Heard {
  readonly sequence: number;
  readonly at: number;
  /** The relays on the way; empty if there is none. */
  readonly path: readonly NodeId[];
}

/** The latest word of one neighbour for each destination: later words overtake earlier ones. */
export class RoutesHeard {
  readonly #limit: number;
  readonly #heard: Map<NodeId, Heard> = new Map();

  /** `limit`: destinations of which one neighbour may speak. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#heard.size;
  }

  /** Destinations to which the neighbour has a way. */
  get routes(): NodeId[] {
    return [...this.#heard].filter(([, { path }]) => path.length > 0).map(([nodeId]) => nodeId);
  }

  /** The relays on the neighbour's way to the destination, itself first; empty if it has none. */
  pathTo(destination: NodeId): readonly NodeId[] {
    return this.#heard.get(destination)?.path ?? [];
  }

  /** Takes a word, of which `isUsable` says whether it names a way; answers why not, if so. */
  take(word: RouteWord, isUsable: boolean, now: number): "stale" | "too-many" | undefined {
    const { destination, sequence, path } = word;
    const known = this.#heard.get(destination);
    if (known !== undefined && sequence <= known.sequence) return "stale";
    if (known === undefined && this.#heard.size >= this.#limit) return "too-many";
    this.#heard.set(destination, { sequence, at: now, path: isUsable ? path : [] });
    return undefined;
  }

  /** Forgets what was withdrawn long ago. */
  expire(now: number): void {
    for (const [destination, { path, at }] of this.#heard) {
      if (path.length === 0 && now - at >= REMEMBER_MS) this.#heard.delete(destination);
    }
  }
}
