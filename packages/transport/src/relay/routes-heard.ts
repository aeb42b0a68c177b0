import type { NodeId } from "@selvage/core";

import type { RouteWord } from "./relay-frames.ts";

/** For how long a withdrawn route is remembered: no older word is under way then, in milliseconds. */
const REMEMBER_MS = 60_000;

interface Heard {
  readonly sequence: number;
  readonly at: number;
  /** Relays on the way; 0 if there is none. */
  readonly relays: number;
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
    return [...this.#heard].filter(([, { relays }]) => relays > 0).map(([nodeId]) => nodeId);
  }

  /** Relays on the neighbour's way to the destination, itself included; 0 if it has none. */
  relaysTo(destination: NodeId): number {
    return this.#heard.get(destination)?.relays ?? 0;
  }

  /** Takes a word, of which `isUsable` says whether it names a way; answers why not, if so. */
  take(word: RouteWord, isUsable: boolean, now: number): "stale" | "too-many" | undefined {
    const { destination, sequence, path } = word;
    const known = this.#heard.get(destination);
    if (known !== undefined && sequence <= known.sequence) return "stale";
    if (known === undefined && this.#heard.size >= this.#limit) return "too-many";
    this.#heard.set(destination, { sequence, at: now, relays: isUsable ? path.length : 0 });
    return undefined;
  }

  /** Forgets what was withdrawn long ago. */
  expire(now: number): void {
    for (const [destination, { relays, at }] of this.#heard) {
      if (relays === 0 && now - at >= REMEMBER_MS) this.#heard.delete(destination);
    }
  }
}
