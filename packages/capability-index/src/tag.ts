import { MAX_TAG_BYTES } from "./defaults.ts";
import { hasLoneSurrogate, utf8Length } from "./text-order.ts";

/**
 * Prefixes of tags that Selvage itself gives a meaning to; they are written by methods made for
 * them, never as plain tags.
 */
export const RESERVED_TAG_PREFIXES: readonly string[] = ["causal:", "fork-of:", "heat:", "scope:"];

/** `hardware.gpu`, `software.os=linux` or `software.os:linux`: an axis, a key, maybe a value. */
const AXIS_TAG = /^(hardware|software|devices|dataforts)\.([^=:]*)[=:](.*)$/s;

/**
 * What makes two tags the same. An axis tag may separate key and value by `=` or `:`; that is how
 * it is written, not what it means.
 */
export function tagIdentity(tag: string): string {
  const parts = AXIS_TAG.exec(tag);
  return parts === null ? tag : `${parts[1]}.${parts[2]}=${parts[3]}`;
}

/** Whether the tag begins with one of {@link RESERVED_TAG_PREFIXES}. */
export function isReservedTag(tag: string): boolean {
  return RESERVED_TAG_PREFIXES.some((prefix) => tag.startsWith(prefix));
}

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
