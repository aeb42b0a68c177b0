import type { Predicate } from "../../src/index.ts";

/** What a text is as a number and as a version, worked out by hand. */
export interface Reading {
  readonly number: number;
  readonly version: readonly [number, number, number] | undefined;
}

const none = { number: Number.NaN, version: undefined };

/** Texts that values and thresholds are made of in property tests. */
export const readings: Readonly<Record<string, Reading>> = {
  "": none,
  "0": { number: 0, version: [0, 0, 0] },
  "2": { number: 2, version: [2, 0, 0] },
  "0.2": { number: 0.2, version: [0, 2, 0] },
  "0.2.5": { number: Number.NaN, version: [0, 2, 5] },
  "0.0.2": { number: Number.NaN, version: [0, 0, 2] },
  "1.2.3-rc": { number: Number.NaN, version: [1, 2, 3] },
  "1.10.0": { number: Number.NaN, version: [1, 10, 0] },
  "-1": { number: -1, version: undefined },
  "1e1": { number: 10, version: undefined },
  "0x10": none,
  inf: { number: Infinity, version: undefined },
  nan: none,
  " 2": { number: Number.NaN, version: [2, 0, 0] },
  "2=2": none,
  linux: none,
};

/** A row as predicates are asked about it. */
export interface Row {
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a predicate means, said as plainly as can be: every part is evaluated, in written order. */
export function holds(predicate: Predicate, row: Row): boolean {
  if (predicate.kind === "and") {
    return predicate.children.map((child) => holds(child, row)).every(Boolean);
  }
  if (predicate.kind === "or") {
    return predicate.children.map((child) => holds(child, row)).some(Boolean);
  }
  if (predicate.kind === "not") return !holds(predicate.child, row);

  const texts: string[] = [];
  let present = false;
  if (typeof predicate.key === "string") {
    const text = Object.entries(row.metadata).find(([key]) => key === predicate.key)?.[1];
    present = text !== undefined;
    if (text !== undefined) texts.push(text);
  } else {
    const start = `${predicate.key.axis}.${predicate.key.key}`;
    present = row.tags.includes(start);
    for (const tag of row.tags) {
      if (tag.startsWith(`${start}=`) || tag.startsWith(`${start}:`)) {
        texts.push(tag.slice(start.length + 1));
      }
    }
  }
  const read = (text: string) => readings[text] ?? none;
  type Parts = readonly [number, number, number];
  const versions = (test: (order: number, has: Parts, asked: Parts) => boolean) =>
    texts.some((text) => {
      const has = read(text).version;
      const asked = read("version" in predicate ? predicate.version : "").version;
      if (has === undefined || asked === undefined) return false;
      const orders = [has[0] - asked[0], has[1] - asked[1], has[2] - asked[2]];
      return test(orders.find((order) => order !== 0) ?? 0, has, asked);
    });

  switch (predicate.kind) {
    case "exists":
    case "metadata_exists":
      return present || texts.length > 0;
    case "equals":
    case "metadata_equals":
      return texts.includes(predicate.value);
    case "numeric_at_least":
    case "metadata_numeric_at_least":
      return texts.some((text) => read(text).number >= predicate.threshold);
    case "numeric_at_most":
      return texts.some((text) => read(text).number <= predicate.threshold);
    case "numeric_in_range":
      return texts.some(
        (text) => read(text).number >= predicate.min && read(text).number <= predicate.max,
      );
    case "semver_at_least":
      return versions((order) => order >= 0);
    case "semver_at_most":
      return versions((order) => order <= 0);
    case "semver_compatible":
      return versions((order, [major, minor], [wantedMajor, wantedMinor]) => {
        if (wantedMajor > 0) return order >= 0 && major === wantedMajor;
        if (wantedMinor > 0) return order >= 0 && major === 0 && minor === wantedMinor;
        return order === 0;
      });
    case "string_prefix":
      return texts.some((text) => text.indexOf(predicate.prefix) === 0);
    case "string_matches":
    case "metadata_matches":
      return texts.some((text) => text.split(predicate.pattern).length > 1 || !predicate.pattern);
    default:
      throw new TypeError(`unknown: ${JSON.stringify(predicate satisfies never)}`);
  }
}
