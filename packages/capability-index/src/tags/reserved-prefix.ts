/**
 * Prefixes of tags that Selvage itself gives a meaning to; they are written by methods made for
 * them, never as plain tags.
 */
export const RESERVED_TAG_PREFIXES: readonly string[] = ["causal:", "fork-of:", "heat:", "scope:"];

/** Whether the tag begins with one of {@link RESERVED_TAG_PREFIXES}. */
export function isReservedTag(tag: string): boolean {
  return reservedPrefix(tag) !== undefined;
}

/** The one of {@link RESERVED_TAG_PREFIXES} that the tag begins with. */
export function reservedPrefix(tag: string): string | undefined {
  return RESERVED_TAG_PREFIXES.find((prefix) => tag.startsWith(prefix));
}
