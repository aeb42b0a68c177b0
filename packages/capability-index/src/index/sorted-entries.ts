import type { NodeId } from "@selvage/core";

import { byNodeId, type CapabilityEntry } from "./entry.ts";

/** Entries in the order of their node ids, one per node. Frozen: it is handed out as it is. */
export type SortedEntries = readonly CapabilityEntry[];

/** No entries. */
export const NO_ENTRIES: SortedEntries = Object.freeze([]);

/** What became of some nodes: their entry now, or none. */
export type Changes = ReadonlyMap<NodeId, CapabilityEntry | undefined>;

/** Orders entries. */
export function sortEntries(entries: readonly CapabilityEntry[]): SortedEntries {
  return entries.length === 0 ? NO_ENTRIES : Object.freeze(entries.toSorted(byNodeId));
}

/**
 * The entries after some changes. Looks only for the places of the changes and copies what lies
 * between them, which is much less than to sort all anew.
 */
export function applyChanges(entries: SortedEntries, changes: Changes): SortedEntries {
  const ordered = [...changes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const result: CapabilityEntry[] = [];
  let from = 0;
  for (const [nodeId, entry] of ordered) {
    const at = placeOf(entries, nodeId, from);
    copy(entries, from, at, result);
    from = entries[at]?.nodeId === nodeId ? at + 1 : at;
    if (entry !== undefined) result.push(entry);
  }
  copy(entries, from, entries.length, result);
  return Object.freeze(result);
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

function copy(
  source: SortedEntries,
  from: number,
  to: number,
  target: (CapabilityEntry | undefined)[],
): void {
  for (let i = from; i < to; i++) target.push(source[i]);
}
