import { MAX_TAG_BYTES } from "../defaults.ts";
import { hasLoneSurrogate, utf8Length } from "../text-order.ts";

/** What is wrong with a tag as such, or `undefined`. */
export function tagFault(tag: string): string | undefined {
  if (tag === "") return "a tag must not be empty";
  if (hasLoneSurrogate(tag)) return "a tag must be well-formed text";
  // No UTF-16 unit takes more than three bytes of UTF-8, and hardly any tag is so long.
  if (tag.length * 3 <= MAX_TAG_BYTES) return undefined;
  const length = utf8Length(tag);
  if (length > MAX_TAG_BYTES) {
    return `a tag has at most ${MAX_TAG_BYTES} bytes, got ${length}: "${tag.slice(0, 32)}…"`;
  }
  return undefined;
}
