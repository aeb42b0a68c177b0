import type { CapabilitySet } from "../capabilities/capability-set.ts";
import type { PreparedQuery, QueryHint } from "../query/prepared-query.ts";
import { tagIdentity } from "../tags/tag.ts";
import { byNodeId, type CapabilityEntry } from "./entry.ts";
import { type Facet, facetsOf, type InvertedList } from "./facets.ts";
import { type Hidden, Posting } from "./posting.ts";
import { NO_ENTRIES, type SortedEntries } from "./sorted-entries.ts";

/**
 * From tags to the entries that have them. Everything else that entries are found by (keys, models,
 * tools, makes of GPUs) is listed as the tags that say it, so that it costs nothing per entry.
 */
export class InvertedIndex {
  readonly #all = new Posting("");
  readonly #byTag = new Map<string, Posting>();
  readonly #facets: Readonly<Record<Facet["list"], Map<string, Set<Posting>>>> = {
    key: new Map(),
    model: new Map(),
    tool: new Map(),
    "gpu-vendor": new Map(),
  };

  /** Entries held, hidden ones among them. */
  get entries(): number {
    return this.#all.size;
  }

  /** How many different tags, models and so on there are. */
  count(list: Exclude<InvertedList, "key">): number {
    return list === "tag" ? this.#byTag.size : this.#facets[list].size;
  }

  /**
   * Takes in the entry that `toEntry` makes of the capabilities. They come back with the tags that
   * are here already instead of their own copies: of very many nodes, many say the same.
   */
  add(
    capabilities: CapabilitySet,
    toEntry: (shared: CapabilitySet) => CapabilityEntry,
  ): CapabilityEntry {
    const postings: Posting[] = [];
    const shared = capabilities.sharing((tag) => {
      const identity = tagIdentity(tag);
      const posting = this.#byTag.get(identity) ?? this.#open(identity);
      postings.push(posting);
      return posting.tag === tag ? posting.tag : tag;
    });
    const entry = toEntry(shared);
    this.#all.add(entry);
    for (const posting of postings) posting.add(entry);
    return entry;
  }

  /** Puts an entry in the place of another with the very same capabilities. */
  replace(before: CapabilityEntry, after: CapabilityEntry): void {
    this.#all.replace(before, after);
    for (const tag of before.capabilities.tags) {
      this.#byTag.get(tagIdentity(tag))?.replace(before, after);
    }
  }

  remove(entry: CapabilityEntry): void {
    this.#all.remove(entry);
    for (const tag of entry.capabilities.tags) {
      const identity = tagIdentity(tag);
      const posting = this.#byTag.get(identity);
      posting?.remove(entry);
      if (posting?.size === 0) this.#close(identity, posting);
    }
  }

  /** An entry was hidden or shown. */
  touch(entry: CapabilityEntry): void {
    this.#all.touch(entry);
    for (const tag of entry.capabilities.tags) this.#byTag.get(tagIdentity(tag))?.touch(entry);
  }

  /**
   * The entries that are not hidden and are as asked, ordered by node id. Walks the shortest list
   * that has them all, so that the cost does not grow with the mesh.
   */
  select({ tags, tests, hints }: PreparedQuery, hidden: Hidden): SortedEntries {
    let postings: readonly Posting[] = [this.#all];
    let shortest = this.#all.size;
    const tagged: Posting[] = [];
    for (const tag of tags) {
      const posting = this.#byTag.get(tag);
      if (posting === undefined) return NO_ENTRIES;
      tagged.push(posting);
      if (posting.size <= shortest) [postings, shortest] = [[posting], posting.size];
    }
    for (const hint of hints) {
      const lists = this.#shorterThan(shortest, hint);
      if (lists !== undefined) ({ postings, size: shortest } = lists);
    }
    const candidates = union(postings, hidden);
    // That an entry has a tag is known here faster than in its set.
    const others = tagged.filter((posting) => posting !== postings[0]);
    if (others.length === 0 && tests.length === 0) return candidates;
    return candidates.filter(
      (entry) => others.every((list) => list.has(entry)) && tests.every((holds) => holds(entry)),
    );
  }

  /** The lists of a hint if all together are shorter; looks at no more of them than it takes. */
  #shorterThan(
    limit: number,
    { list, anyOf }: QueryHint,
  ): { readonly postings: readonly Posting[]; readonly size: number } | undefined {
    const postings: Posting[] = [];
    let size = 0;
    for (const key of new Set(anyOf)) {
      for (const posting of this.#listed(list, key)) {
        postings.push(posting);
        size += posting.size;
        if (size >= limit) return undefined;
      }
    }
    return { postings, size };
  }

  #listed(list: InvertedList, key: string): Iterable<Posting> {
    if (list !== "tag") return this.#facets[list].get(key) ?? [];
    const posting = this.#byTag.get(key);
    return posting === undefined ? [] : [posting];
  }

  #open(identity: string): Posting {
    const posting = new Posting(identity);
    this.#byTag.set(identity, posting);
    for (const { list, key } of facetsOf(identity)) {
      const postings = this.#facets[list].get(key);
      if (postings === undefined) this.#facets[list].set(key, new Set([posting]));
      else postings.add(posting);
    }
    return posting;
  }

  #close(identity: string, posting: Posting): void {
    this.#byTag.delete(identity);
    for (const { list, key } of facetsOf(identity)) {
      const postings = this.#facets[list].get(key);
      postings?.delete(posting);
      if (postings?.size === 0) this.#facets[list].delete(key);
    }
  }
}

/** What is in any of the lists, ordered by node id. */
function union(postings: readonly Posting[], hidden: Hidden): SortedEntries {
  const [only] = postings;
  if (only === undefined) return NO_ENTRIES;
  if (postings.length === 1) return only.visible(hidden);
  const entries = new Set(postings.flatMap((posting) => posting.members()));
  return [...entries].filter(({ nodeId }) => !hidden.has(nodeId)).toSorted(byNodeId);
}
