import type { CapabilityEntry } from "../index/entry.ts";
import type { InvertedList } from "../index/facets.ts";

/** Lists that together have every entry which can be in an answer, and maybe others. */
export interface QueryHint {
  readonly list: InvertedList;
  readonly anyOf: readonly string[];
}

/** A question, prepared for many entries: all of it must be met. */
export interface PreparedQuery {
  /** The identities of the tags that are asked for. */
  readonly tags: readonly string[];
  /** Everything else that is asked. */
  readonly tests: readonly ((entry: CapabilityEntry) => boolean)[];
  /** Where to look for candidates, besides at the tags. */
  readonly hints: readonly QueryHint[];
  /** Whether the answer depends on what this node itself announces. */
  readonly asksForSubnet: boolean;
}

/** Whether an entry is as asked. */
export function meets({ tags, tests }: PreparedQuery, entry: CapabilityEntry): boolean {
  return tags.every((tag) => entry.capabilities.has(tag)) && tests.every((holds) => holds(entry));
}
