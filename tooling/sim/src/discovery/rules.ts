/** What must hold in every run. */
export const rules = {
  disagreement:
    "soon after the last repair, and from then on, all live nodes list each other with what each says now",
  "stays-hidden":
    "no node is hidden where it is well, in reach and in touch, nor soon after the last repair",
  "came-back": "what a process said is never listed again where its goodbye was heard",
  undead: "a process that ended is listed nowhere once what it said last has expired",
  "goodbye-lost": "when a goodbye was heard by anybody who stays, all nodes come to know of it",
  "never-said": "what is listed of a node was said by it, in that life and version",
  "version-back": "a node's version never falls at whoever lists it",
  misfiled:
    "who is found by a service, and told of by a live query for it, is who is listed with it",
  "digests-differ": "when nobody says anything new, all nodes have the same digest of their tables",
  "too-talkative": "a node publishes no more than its token bucket allows",
  unbounded: "nobody knows more nodes than there are, or holds more streams than it needs",
  leak: "a closed node leaves no timer, session, peer or stream behind",
  crash: "no node throws where a process would end",
} as const;

/** A key of {@link rules}. */
export type Rule = keyof typeof rules;
