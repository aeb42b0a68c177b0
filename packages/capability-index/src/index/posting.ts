import type { NodeId } from "@selvage/core";

import type { CapabilityEntry } from "./entry.ts";
import { applyChanges, type SortedEntries, sortEntries } from "./sorted-entries.ts";

/** Up to this many entries, sorting anew is as fast as anything. */
const FEW = 64;
/** An answer that differs by more than one in so many entries is given up. */
const CHANGED_SHARE = 4;

/** Which nodes are not to be found. */
export interface Hidden {
  has(nodeId: NodeId): boolean;
}

/**
 * The entries that have one tag. Remembers the answer to the last query, and what has changed since:
 * the same is asked again and again, and membership rarely moves.
 */
export class Posting {
  /** The tag that the entries have, as {@link tagIdentity} gives it. */
  readonly tag: string;
  /** One entry goes without a set: most tags that tell nodes apart are said by one. */
  #members: CapabilityEntry | Set<CapabilityEntry> | undefined;
  #answer: SortedEntries | undefined;
  #changed: Map<NodeId, CapabilityEntry | undefined> | undefined;

  constructor(tag: string) {
    this.tag = tag;
  }

  /** Hidden entries are among them. */
  get size(): number {
    if (this.#members instanceof Set) return this.#members.size;
    return this.#members === undefined ? 0 : 1;
  }

  has(entry: CapabilityEntry): boolean {
    return this.#members instanceof Set ? this.#members.has(entry) : this.#members === entry;
  }

  add(entry: CapabilityEntry): void {
    if (this.#members instanceof Set) this.#members.add(entry);
    else if (this.#members === undefined) this.#members = entry;
    else this.#members = new Set([this.#members, entry]);
    this.#note(entry.nodeId, entry);
  }

  remove(entry: CapabilityEntry): void {
    if (this.#members instanceof Set) this.#members.delete(entry);
    else if (this.#members === entry) this.#members = undefined;
    this.#note(entry.nodeId, undefined);
  }

  /** Puts a member in the place of another one of the same node. */
  replace(before: CapabilityEntry, after: CapabilityEntry): void {
    this.remove(before);
    this.add(after);
  }

  /** A member was hidden or shown. */
  touch(entry: CapabilityEntry): void {
    this.#note(entry.nodeId, entry);
  }

  /** The members that are not hidden, ordered by node id; the same array until one changes. */
  visible(hidden: Hidden): SortedEntries {
    if (this.#answer === undefined) {
      this.#answer = sortEntries(this.members().filter(({ nodeId }) => !hidden.has(nodeId)));
    } else if (this.#changed !== undefined) {
      for (const nodeId of this.#changed.keys()) {
        if (hidden.has(nodeId)) this.#changed.set(nodeId, undefined);
      }
      this.#answer = applyChanges(this.#answer, this.#changed);
    }
    this.#changed = undefined;
    return this.#answer;
  }

  /** The members in no order. */
  members(): CapabilityEntry[] {
    if (this.#members instanceof Set) return [...this.#members];
    return this.#members === undefined ? [] : [this.#members];
  }

  #note(nodeId: NodeId, entry: CapabilityEntry | undefined): void {
    if (this.#answer === undefined) return;
    if (this.#answer.length > FEW) {
      this.#changed ??= new Map();
      this.#changed.set(nodeId, entry);
      if (this.#changed.size * CHANGED_SHARE <= this.#answer.length) return;
    }
    this.#answer = undefined;
    this.#changed = undefined;
  }
}
