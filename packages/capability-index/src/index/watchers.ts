import type { NodeId } from "@selvage/core";

import type { PreparedQuery } from "../query/prepared-query.ts";
import { tagIdentity } from "../tags/tag.ts";
import type { CapabilityEntry } from "./entry.ts";
import type { Watcher } from "./watcher.ts";

/**
 * Tells live queries which nodes to look at. One that asks for a tag hears only of entries that have
 * it, so that a change costs what the changed entry has, not how many ask.
 */
export class Watchers {
  readonly #queries = new Map<Watcher, PreparedQuery>();
  readonly #byTag = new Map<string, Set<Watcher>>();
  readonly #others = new Set<Watcher>();

  get size(): number {
    return this.#queries.size;
  }

  add(watcher: Watcher, query: PreparedQuery): Disposable {
    const [tag] = query.tags;
    this.#queries.set(watcher, query);
    if (tag === undefined) this.#others.add(watcher);
    else this.#byTag.set(tag, (this.#byTag.get(tag) ?? new Set()).add(watcher));
    return { [Symbol.dispose]: () => this.#remove(watcher, tag) };
  }

  /** An entry came, went or changed, or was hidden or shown. */
  changed(
    nodeId: NodeId,
    before: CapabilityEntry | undefined,
    after: CapabilityEntry | undefined,
  ): void {
    for (const watcher of this.#others) watcher.touch(nodeId);
    if (this.#byTag.size === 0) return;
    if (after !== undefined) this.#touchByTags(after);
    if (before !== undefined && before !== after) this.#touchByTags(before);
  }

  /** What this node says of itself changed, and with it who is in its subnet. */
  subnetChanged(): void {
    for (const [watcher, { asksForSubnet }] of this.#queries) {
      if (asksForSubnet) watcher.touchAll();
    }
  }

  /** Ends all of them. */
  end(): void {
    for (const watcher of this.#queries.keys()) watcher.end();
  }

  #touchByTags({ nodeId, capabilities }: CapabilityEntry): void {
    for (const tag of capabilities.tags) {
      for (const watcher of this.#byTag.get(tagIdentity(tag)) ?? []) watcher.touch(nodeId);
    }
  }

  #remove(watcher: Watcher, tag: string | undefined): void {
    this.#queries.delete(watcher);
    this.#others.delete(watcher);
    if (tag === undefined) return;
    const sharing = this.#byTag.get(tag);
    sharing?.delete(watcher);
    if (sharing?.size === 0) this.#byTag.delete(tag);
  }
}
