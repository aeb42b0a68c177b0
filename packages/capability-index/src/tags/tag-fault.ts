import { MAX_TAG_BYTES } from "../defaults.ts";
import { hasLoneSurrogate, utf8Length } from "../text-order.ts";

/** What is wrong with a tag as such, or `undefined`. */
export function tagFault(tag: string): string | undefined {
  if (tag === "") return "a tag must not be empty";
  if (hasLoneSurrogate(tag)) return "a tag must be well-formed text";
  const length = utf8Length(tag);
  if (length > MAX_TAG_BYTES) {
    return `a tag has at most ${MAX_TAG_BYTES} bytes, got ${length}: "${tag.slice(0, 32)}…"`;
  }
  return undefined;
}
