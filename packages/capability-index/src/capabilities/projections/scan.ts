import { separatorAt } from "../../tags/tag.ts";
import { positionOf, type SortedTags, withPrefix } from "../sorted-tags.ts";
import { readWholeNumber, U32 } from "./field.ts";

/** Values by key. */
export type Values = ReadonlyMap<string, string>;

/**
 * The values of the tags whose keys begin with `start`, by the rest of the key. Of several tags with
 * one key the first counts, so that everyone reads the same.
 */
export function scanValues(tags: SortedTags, start: string): Values {
  const values = new Map<string, string>();
  for (let i = positionOf(tags, start); i < tags.length; i++) {
    const tag = tags[i] ?? "";
    if (!tag.startsWith(start)) break;
    const end = separatorAt(tag, start.length);
    if (end === -1) continue;
    const key = tag.slice(start.length, end);
    if (!values.has(key)) values.set(key, tag.slice(end + 1));
  }
  return values;
}

/** The numbers, as they are written, of the tags `<start><number>`; in their order. */
export function scanNumbers(tags: SortedTags, start: string): readonly string[] {
  return withPrefix(tags, start)
    .map((tag) => tag.slice(start.length))
    .filter(isRowNumber)
    .toSorted((a, b) => Number(a) - Number(b));
}

/**
 * The values of the tags `<start><number>.<key>`, row by row in the order of the numbers. What has
 * no number is left out.
 */
export function scanRows(tags: SortedTags, start: string): readonly Values[] {
  const rows = new Map<number, Map<string, string>>();
  for (const [path, value] of scanValues(tags, start)) {
    const end = path.indexOf(".");
    if (end === -1 || !isRowNumber(path.slice(0, end))) continue;
    const number = Number(path.slice(0, end));
    const row = rows.get(number) ?? new Map<string, string>();
    rows.set(number, row);
    const key = path.slice(end + 1);
    if (!row.has(key)) row.set(key, value);
  }
  return [...rows].toSorted(([a], [b]) => a - b).map(([, values]) => values);
}

/** Whether a part of a key is the number of a row: 32 bits, in digits. */
export function isRowNumber(text: string): boolean {
  return readWholeNumber(text, U32) !== undefined;
}
