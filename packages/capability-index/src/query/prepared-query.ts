import type { CapabilityEntry } from "../index/entry.ts";
import type { InvertedList } from "../index/facets.ts";

/** One thing that is asked of every entry in an answer. */
export interface QueryCondition {
  readonly holds: (entry: CapabilityEntry) => boolean;
  /** The identity of the tag that this asks for and nothing else; `undefined` for all the rest. */
  readonly tag?: string;
}

/** Lists that together have every entry which can be in an answer, and maybe others. */
export interface QueryHint {
  readonly list: InvertedList;
  readonly anyOf: readonly string[];
}

/** A question, prepared for many entries. */
export interface PreparedQuery {
  /** All of them must hold. */
  readonly conditions: readonly QueryCondition[];
  /** Where to look for candidates, besides at the tags that conditions ask for. */
  readonly hints: readonly QueryHint[];
  /** Whether the answer depends on what this node itself announces. */
  readonly asksForSubnet: boolean;
}
