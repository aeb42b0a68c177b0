import { COLON, EQUALS, otherSpelling, tagIdentity } from "../tags/tag.ts";
import { compareUtf8 } from "../text-order.ts";

/**
 * Tags in the order of their UTF-8 bytes, no two of one meaning: looked up by halving, so that a
 * set needs no table beside its one array.
 */
export type SortedTags = readonly string[];

/** The set of no tags. */
export const NO_TAGS: SortedTags = Object.freeze([]);

/** Whether a tag of this meaning is among them, in whatever spelling. */
export function hasMeaning(tags: SortedTags, tag: string): boolean {
  if (hasText(tags, tag)) return true;
  const other = otherSpelling(tag);
  return other !== undefined && hasText(tags, other);
}

/** Whether exactly this text is among them. */
export function hasText(tags: SortedTags, text: string): boolean {
  return tags[positionOf(tags, text)] === text;
}

/** The place of the first tag that does not come before `text`; prefixes come before the rest. */
export function positionOf(tags: SortedTags, text: string): number {
  let low = 0;
  let high = tags.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(tags[middle] ?? "", text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The tags that begin with a text. */
export function withPrefix(tags: SortedTags, prefix: string): readonly string[] {
  const start = positionOf(tags, prefix);
  let end = start;
  while (tags[end]?.startsWith(prefix) === true) end++;
  return tags.slice(start, end);
}

/** The values of the tags that begin with `name` and a separator, in their order. */
export function valuesOf(tags: SortedTags, name: string): readonly string[] {
  const values: string[] = [];
  for (let i = positionOf(tags, `${name}:`); i < tags.length; i++) {
    const tag = tags[i] ?? "";
    if (!tag.startsWith(name)) break;
    const separator = tag.charCodeAt(name.length);
    if (separator > EQUALS) break;
    if (separator === COLON || separator === EQUALS) values.push(tag.slice(name.length + 1));
  }
  return values;
}

/**
 * With further tags. Of two spellings the first in byte order stays, so that it makes no difference
 * which came first.
 */
export function unite(held: SortedTags, added: Iterable<string>): SortedTags {
  const fresh = new Set<string>();
  const outdone = new Set<string>();
  for (const tag of added) {
    if (hasText(held, tag)) continue;
    const identity = tagIdentity(tag);
    // Written with a colon, it outdoes what is written with an equals sign.
    if (identity !== tag) outdone.add(identity);
    else if (held.length > 0 && hasMeaning(held, tag)) continue;
    fresh.add(tag);
  }
  if (fresh.size === 0) return held;
  const kept = outdone.size === 0 ? held : held.filter((tag) => !outdone.has(tag));
  const news = outdone.size === 0 ? [...fresh] : [...fresh].filter((tag) => !outdone.has(tag));
  return Object.freeze(insert(kept, news));
}

/** Puts new texts in their places; the sort walks what is in order already only once. */
function insert(tags: SortedTags, news: readonly string[]): string[] {
  const [only] = news;
  if (news.length === 1 && only !== undefined) {
    return tags.toSpliced(positionOf(tags, only), 0, only);
  }
  return [...tags, ...news].toSorted(compareUtf8);
}

/** Without the tags that are chosen; the same array if none is. */
export function without(tags: SortedTags, isChosen: (tag: string) => boolean): SortedTags {
  const kept = tags.filter((tag) => !isChosen(tag));
  return kept.length === tags.length ? tags : Object.freeze(kept);
}
