/** What follows `prefix` in a tag, or `undefined` for other tags. */
export function bodyOf(tag: string, prefix: string): string | undefined {
  return tag.startsWith(prefix) ? tag.slice(prefix.length) : undefined;
}

/**
 * A hash as it stands in tags. Any text will do that does not end before its end: readers stop at
 * the first of the characters that may follow a hash.
 *
 * @throws RangeError for an empty hash, or one with `:`, `[` or `=` in it.
 */
export function checkHash(name: string, hash: string): string {
  if (hash !== "" && !/[:[=]/.test(hash)) return hash;
  throw new RangeError(
    `${name} must be a text without ":", "[" and "=", got "${hash.slice(0, 64)}"`,
  );
}

/** The hash at the start of a body, wherever it ends. */
export function leadingHash(body: string): string {
  return /^[^:[=]*/.exec(body)?.[0] ?? "";
}

/** A whole number in decimal digits, or `undefined`. */
export function parseIndex(text: string): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * A position in a chain, in decimal digits.
 *
 * @throws RangeError unless it is a whole number that a double can hold exactly.
 */
export function formatIndex(name: string, value: number): string {
  if (Number.isSafeInteger(value) && value >= 0) return String(value);
  throw new RangeError(`${name} must be a whole number of at least 0, got ${value}`);
}
