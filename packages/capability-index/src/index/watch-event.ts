import type { CapabilityEntry } from "./entry.ts";

/**
 * What a live query tells. A hidden entry counts as removed, a shown one as added. `removed` has the
 * entry as it was told last.
 */
export type CapabilityWatchEvent =
  | { readonly type: "added" | "updated" | "removed"; readonly entry: CapabilityEntry }
  /** All that was found at the beginning has been told. Comes once. */
  | { readonly type: "ready" };

/** Options of a live query. */
export interface WatchOptions {
  /** Ends the query when it aborts, without an error. */
  readonly signal?: AbortSignal | undefined;
}
