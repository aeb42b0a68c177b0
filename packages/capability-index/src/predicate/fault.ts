/** What can be wrong with a received predicate; the reasons of errors of kind `bad-predicate`. */
export const predicateFaults = {
  oversize: "the header is longer than allowed",
  "bad-json": "the header is not JSON",
  "bad-node": "the table, or one of its nodes, is not what it should be",
  "bad-axis": "a key has an axis that does not exist",
  "bad-index": "an index is not a whole number of at least 0",
  empty: "the table has no nodes",
  "root-out-of-bounds": "the root is not in the table",
  "child-out-of-bounds": "a child is not in the table",
  cycle: "a child stands at or after its parent",
  "too-many-nodes": "it has more nodes than allowed, repeated ones counted each time",
  "too-deep": "it is nested deeper than allowed",
} as const;

/** Why a received predicate was refused. */
export type PredicateFault = keyof typeof predicateFaults;
