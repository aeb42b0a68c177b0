import { compareUtf8 } from "../text-order.ts";
import type { CapabilitySet } from "./capability-set.ts";

/** What became of the text under one metadata key. */
export type MetadataChange =
  | { readonly kind: "added"; readonly key: string; readonly value: string }
  | { readonly kind: "removed"; readonly key: string; readonly prev_value: string }
  | {
      readonly kind: "updated";
      readonly key: string;
      readonly prev_value: string;
      readonly new_value: string;
    };

/** What makes one set of another; its names are those that other implementations use. */
export interface CapabilityDiff {
  /** As they are written now, in the order of their UTF-8 bytes. */
  readonly added_tags: readonly string[];
  /** As they were written, in the order of their UTF-8 bytes. */
  readonly removed_tags: readonly string[];
  /** In the order of the keys' UTF-8 bytes. */
  readonly metadata_changes: readonly MetadataChange[];
}

/**
 * What changed from `prev` to `curr`. A tag that is only spelled in another way is no change, and a
 * text that moved to another key is one removed and one added.
 */
export function diffCapabilities(prev: CapabilitySet, curr: CapabilitySet): CapabilityDiff {
  return {
    added_tags: curr.tags.filter((tag) => !prev.has(tag)),
    removed_tags: prev.tags.filter((tag) => !curr.has(tag)),
    metadata_changes: diffMetadata(prev.metadata, curr.metadata),
  };
}

function diffMetadata(
  prev: ReadonlyMap<string, string>,
  curr: ReadonlyMap<string, string>,
): MetadataChange[] {
  const changes: MetadataChange[] = [];
  for (const [key, value] of curr) {
    const before = prev.get(key);
    if (before === undefined) changes.push({ kind: "added", key, value });
    else if (before !== value) {
      changes.push({ kind: "updated", key, prev_value: before, new_value: value });
    }
  }
  for (const [key, value] of prev) {
    if (!curr.has(key)) changes.push({ kind: "removed", key, prev_value: value });
  }
  return changes.toSorted((a, b) => compareUtf8(a.key, b.key));
}
