import type { CapabilityEntry } from "./entry.ts";

/**
 * What applying an announcement did. The first three are news, to be passed on. `conflict` is the
 * announcement of another entity under the id of a known node.
 */
export type ApplyOutcome =
  | "added"
  | "updated"
  | "removed"
  | "stale"
  | "expired"
  | "full"
  | "conflict";

/** A change of what can be found. */
export type CapabilityChange =
  | { readonly type: "added" | "updated" | "hidden" | "unhidden"; readonly entry: CapabilityEntry }
  | {
      readonly type: "removed";
      readonly entry: CapabilityEntry;
      readonly cause: "withdrawn" | "expired";
    };

/** A snapshot of a `CapabilityIndex`; outcomes and queries count since it was made. */
export interface CapabilityIndexStats {
  /** Entries held, hidden ones among them. */
  readonly entries: number;
  /** Nodes of which only the last version is remembered, or that their entry expired. */
  readonly gone: number;
  readonly hidden: number;
  /** Different tags. */
  readonly tags: number;
  /** Different models. */
  readonly models: number;
  /** Different tools. */
  readonly tools: number;
  /** Live queries. */
  readonly watchers: number;
  /** Questions answered by `find` and `findBest`. */
  readonly queries: number;
  readonly outcomes: Readonly<Record<ApplyOutcome, number>>;
  /** Gone nodes forgotten early to make room. */
  readonly evicted: number;
}
