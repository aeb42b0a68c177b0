import type { NodeId } from "@selvage/core";

import { byNodeId, type CapabilityEntry } from "./entry.ts";

/** Entries in the order of their node ids, one per node. Frozen: it is handed out as it is. */
export type SortedEntries = readonly CapabilityEntry[];

/** No entries. */
export const NO_ENTRIES: SortedEntries = Object.freeze([]);

/** What became of a node: its entry now, or none. */
type Change = readonly [nodeId: NodeId, entry: CapabilityEntry | undefined];

/** Orders entries. */
export function sortEntries(entries: readonly CapabilityEntry[]): SortedEntries {
  return entries.length === 0 ? NO_ENTRIES : Object.freeze(entries.toSorted(byNodeId));
}

/**
 * The entries after some changes, at most one per node. Looks only for the places of the changes:
 * much less than to sort all anew.
 */
export function applyChanges(entries: SortedEntries, changes: Iterable<Change>): SortedEntries {
  const changed = [...entries];
  const moved: Change[] = [];
  for (const change of changes) {
    const [nodeId, entry] = change;
    const at = placeOf(entries, nodeId, 0);
    const isThere = entries[at]?.nodeId === nodeId;
    // Mostly nodes say the same again, and then nothing moves.
    if (isThere && entry !== undefined) changed[at] = entry;
    else if (isThere || entry !== undefined) moved.push(change);
  }
  return Object.freeze(moved.length === 0 ? changed : move(changed, moved));
}

/** Takes out what came to nothing and puts in what is new. */
function move(entries: readonly CapabilityEntry[], moved: readonly Change[]): CapabilityEntry[] {
  const result: CapabilityEntry[] = [];
  let from = 0;
  const copyTo = (end: number): void => {
    for (; from < end; from++) {
      const entry = entries[from];
      if (entry !== undefined) result.push(entry);
    }
  };
  for (const [nodeId, entry] of moved.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    copyTo(placeOf(entries, nodeId, from));
    if (entry === undefined) from++;
    else result.push(entry);
  }
  copyTo(entries.length);
  return result;
}

/** The first place from `from` on whose node id is not below. */
function placeOf(entries: SortedEntries, nodeId: NodeId, from: number): number {
  let low = from;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && entry.nodeId < nodeId) low = middle + 1;
    else high = middle;
  }
  return low;
}
