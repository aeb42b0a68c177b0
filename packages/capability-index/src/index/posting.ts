import type { NodeId } from "@selvage/core";

import type { CapabilityEntry, IndexedEntry } from "./entry.ts";

/**
 * The entries that have one tag. Remembers the answer to the last query until something about it
 * changes: calls ask for the same service again and again, and membership rarely moves.
 */
export class Posting {
  readonly #members = new Map<NodeId, IndexedEntry>();
  #visible: readonly CapabilityEntry[] | undefined;
  /** The first moment at which a visible entry expires. */
  #visibleUntil = 0;

  get size(): number {
    return this.#members.size;
  }

  add(member: IndexedEntry): void {
    this.#members.set(member.entry.nodeId, member);
    this.touch();
  }

  remove(nodeId: NodeId): void {
    this.#members.delete(nodeId);
    this.touch();
  }

  /** Forgets the remembered answer, because a member was hidden or shown. */
  touch(): void {
    this.#visible = undefined;
  }

  /** What is neither hidden nor expired, ordered by node id. */
  visible(now: number): readonly CapabilityEntry[] {
    if (this.#visible === undefined || now >= this.#visibleUntil) {
      const shown = [...this.#members.values()].filter(
        ({ hidden, expiresAt }) => !hidden && expiresAt > now,
      );
      this.#visibleUntil = shown.reduce(
        (earliest, { expiresAt }) => Math.min(earliest, expiresAt),
        Number.POSITIVE_INFINITY,
      );
      this.#visible = Object.freeze(shown.map(({ entry }) => entry).toSorted(byNodeId));
    }
    return this.#visible;
  }
}

function byNodeId(a: CapabilityEntry, b: CapabilityEntry): number {
  return a.nodeId < b.nodeId ? -1 : 1;
}
