import { wellFormed } from "../well-formed.ts";
import type { ResponseHeader } from "../wire/call.gen.ts";

/**
 * What travels of trailers, in encoded bytes (32 KiB). With the longest message and code, and the
 * largest details of an error, that is less than the 64 KiB of a header.
 */
const MAX_BYTES = 32_768;
/** The most that is read of them at the other end. */
const MAX_ENTRIES = 1_024;
/** Three tags, and three lengths of three bytes at most. */
const ENTRY_BYTES = 12;
const utf8 = new TextEncoder();

/** Trailers as they travel, and how many of them do not because there are too many or too long ones. */
export interface FittingTrailers {
  readonly entries: ResponseHeader["metadata"];
  readonly dropped: number;
}

/** The first trailers, as far as they fit in a header. */
export function fittingTrailers(trailers: ReadonlyMap<string, string>): FittingTrailers {
  const entries: { readonly name: string; readonly value: string }[] = [];
  let left = MAX_BYTES;
  // JavaScript may have put in something else than texts; that must not cost the answer.
  for (const [givenName, givenValue] of trailers as ReadonlyMap<unknown, unknown>) {
    const [name, value] = [String(givenName), String(givenValue)];
    // Long texts are not encoded only to be counted.
    left -= ENTRY_BYTES + name.length + value.length;
    if (left < 0 || entries.length === MAX_ENTRIES) break;
    left += name.length + value.length - bytesOf(name) - bytesOf(value);
    if (left < 0) break;
    entries.push({ name: wellFormed(name), value: wellFormed(value) });
  }
  return { entries, dropped: trailers.size - entries.length };
}

/** A text's bytes in UTF-8. */
const bytesOf = (text: string): number => utf8.encode(text).length;
