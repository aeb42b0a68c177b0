import { tagIdentity } from "../tags/tag.ts";
import type { CapabilityEntry, IndexedEntry } from "./entry.ts";
import { Posting } from "./posting.ts";

/** From tags to the entries that have them. */
export class InvertedIndex {
  readonly #all = new Posting();
  readonly #byTag = new Map<string, Posting>();

  /** Different tags held. */
  get tags(): number {
    return this.#byTag.size;
  }

  /** Entries held, hidden and expired ones among them. */
  get entries(): number {
    return this.#all.size;
  }

  add(member: IndexedEntry): void {
    this.#all.add(member);
    for (const identity of identities(member)) {
      const posting = this.#byTag.get(identity) ?? new Posting();
      this.#byTag.set(identity, posting);
      posting.add(member);
    }
  }

  remove(member: IndexedEntry): void {
    this.#all.remove(member.entry.nodeId);
    for (const identity of identities(member)) {
      const posting = this.#byTag.get(identity);
      posting?.remove(member.entry.nodeId);
      if (posting?.size === 0) this.#byTag.delete(identity);
    }
  }

  /** A member was hidden or shown. */
  touch(member: IndexedEntry): void {
    this.#all.touch();
    for (const identity of identities(member)) this.#byTag.get(identity)?.touch();
  }

  /**
   * The visible entries that have all the tags, ordered by node id. Walks the rarest tag's entries,
   * so that the cost does not grow with the mesh.
   */
  select(tags: readonly string[], now: number): readonly CapabilityEntry[] {
    let rarest = this.#all;
    for (const tag of tags) {
      const posting = this.#byTag.get(tagIdentity(tag));
      if (posting === undefined) return NONE;
      if (posting.size <= rarest.size) rarest = posting;
    }
    const candidates = rarest.visible(now);
    if (tags.length < 2) return candidates;
    return candidates.filter(({ capabilities }) => tags.every((tag) => capabilities.has(tag)));
  }
}

const NONE: readonly CapabilityEntry[] = Object.freeze([]);

function identities({ entry }: IndexedEntry): readonly string[] {
  return entry.capabilities.tags.map(tagIdentity);
}
