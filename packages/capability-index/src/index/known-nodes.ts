import type { NodeId } from "@selvage/core";

import { DIGEST_BYTES } from "../announcement/announcement.ts";
import { VERSION_MEMORY_MS } from "../defaults.ts";
import type { CapabilityEntry } from "./entry.ts";
import type { Known } from "./known.ts";
import { TimeHeap } from "./time-heap.ts";

/**
 * The newest announcement of every node, and when each is over. An announcement that is over stops
 * to hold at once and without a sound; its entry waits to be collected, so that listeners are told
 * at a time of their owner's choice. Afterwards the node is gone: only its version is remembered, as
 * long as an older announcement of it may still be under way.
 */
export class KnownNodes {
  readonly #known = new Map<NodeId, Known>();
  /** What holds and is found. */
  readonly #live = new TimeHeap<Known>(({ expiresAt }) => expiresAt);
  /** What holds and is found no more, or neither: tombstones and gone nodes, to be forgotten. */
  readonly #gone = new TimeHeap<Known>(forgottenAt);
  /** Expired entries that wait to be collected. */
  readonly #expired = new Set<Known>();
  /** Gone nodes that nothing needs any more. */
  readonly #forgettable = new Set<Known>();
  /** Of all that holds. Each one's digest is in it by exclusive or, and out of it by the same. */
  readonly #digest = new Uint8Array(DIGEST_BYTES);

  get size(): number {
    return this.#known.size;
  }

  get(nodeId: NodeId): Known | undefined {
    return this.#known.get(nodeId);
  }

  values(): Iterable<Known> {
    return this.#known.values();
  }

  /** The next moment at which an entry expires. */
  get nextExpiry(): number | undefined {
    return this.#live.peek()?.expiresAt;
  }

  /** A copy of the digest of all that holds; after {@link expire}. */
  digest(): Uint8Array {
    return this.#digest.slice();
  }

  /** Puts what is known of a node in the place of what was. */
  set(known: Known): void {
    const before = this.#known.get(known.nodeId);
    if (before === undefined) this.#known.set(known.nodeId, known);
    else {
      this.#takeOut(before);
      Object.assign(before, known);
    }
    const kept = before ?? known;
    this.#mix(kept);
    (kept.tombstone ? this.#gone : this.#live).push(kept);
  }

  /** Lets go of what is over; `onExpired` hears which entries are not to be found any more. */
  expire(now: number, onExpired: (entry: CapabilityEntry) => void): void {
    for (let known = this.#live.popDue(now); known; known = this.#live.popDue(now)) {
      this.#end(known);
      this.#expired.add(known);
      if (known.entry !== undefined) onExpired(known.entry);
    }
    for (let known = this.#gone.popDue(now); known; known = this.#gone.popDue(now)) {
      if (known.holds) this.#end(known);
      this.#forgettable.add(known);
    }
  }

  /**
   * Makes nodes gone whose entries expired, and forgets those gone for long; after {@link expire}.
   * Gives the entries.
   */
  collect(now: number): CapabilityEntry[] {
    const entries: CapabilityEntry[] = [];
    for (const known of this.#expired) {
      if (known.entry !== undefined) entries.push(known.entry);
      known.entry = undefined;
      if (forgottenAt(known) > now) this.#gone.push(known);
      else this.#forgettable.add(known);
    }
    this.#expired.clear();
    for (const { nodeId } of this.#forgettable) this.#known.delete(nodeId);
    this.#forgettable.clear();
    return entries;
  }

  /** Forgets the node that has been gone for longest; false if none is. */
  evict(): boolean {
    const known = this.#gone.popDue(Number.POSITIVE_INFINITY);
    if (known === undefined) return false;
    if (known.holds) this.#end(known);
    this.#known.delete(known.nodeId);
    return true;
  }

  /** Out of wherever it is but the map. */
  #takeOut(known: Known): void {
    if (known.holds) this.#end(known);
    if (known.slot !== -1) (known.entry === undefined ? this.#gone : this.#live).remove(known);
    this.#expired.delete(known);
    this.#forgettable.delete(known);
  }

  #end(known: Known): void {
    known.holds = false;
    this.#mix(known);
  }

  #mix({ signed }: Known): void {
    // Views cost more than this whole loop; the digest comes first.
    for (let i = 0; i < DIGEST_BYTES; i++) {
      this.#digest[i] = (this.#digest[i] ?? 0) ^ (signed[i] ?? 0);
    }
  }
}

/** When no older announcement of the node can be alive. */
function forgottenAt({ signedAt }: Known): number {
  return signedAt + VERSION_MEMORY_MS;
}
