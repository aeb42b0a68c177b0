/** What kind of value a key takes. */
export type ValueType = "presence" | "number" | "string" | "enumeration" | "csv" | "bool";

/**
 * How one property of a projection is written as the value of a tag. What `write` gives, `read`
 * reads as the same; what could not be read so is refused.
 */
export interface Field<T> {
  /** The last part of the tag's key. */
  readonly key: string;
  readonly type: ValueType;
  /** What the property is when no tag speaks of it. */
  readonly unsaid: T;
  /** Never throws: values may come from strangers. */
  readonly read: (text: string) => T;
  /** `undefined` for what no tag says; throws RangeError for what no tag can say. */
  readonly write: (value: T, name: string) => string | undefined;
}

/** The largest number of 16 bits. */
export const U16 = 0xffff;
/** The largest number of 32 bits. */
export const U32 = 0xffff_ffff;

/** A number from 0, which no tag says, to `max`; values that are none read as 0. */
export function wholeNumber(key: string, max: number): Field<number> {
  return number(key, max, 1);
}

/** A number with one decimal, whose tag has ten times as much. */
export function tenths(key: string): Field<number> {
  return number(key, U32, 10);
}

function number(key: string, max: number, scale: 1 | 10): Field<number> {
  return {
    key,
    type: "number",
    unsaid: 0,
    read: (text) => (readWholeNumber(text, max) ?? 0) / scale,
    write(value, name) {
      const scaled = Math.round(value * scale);
      // -0 is as good as 0, and all that is neither is not a number.
      if (scaled >= 0 && scaled <= max && scaled / scale === value) {
        return scaled === 0 ? undefined : String(scaled);
      }
      const which = scale === 1 ? "a whole number" : "a number with one decimal at most";
      throw new RangeError(`${name} must be ${which} from 0 to ${max / scale}, got ${value}`);
    },
  };
}

/** Digits, maybe after a plus sign, of a number up to `max`; or `undefined`. */
export function readWholeNumber(text: string, max: number): number | undefined {
  const value = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
  return value <= max ? value : undefined;
}

/** A text; the empty one is said by no tag. */
export function text(key: string): Field<string> {
  return {
    key,
    type: "string",
    unsaid: "",
    read: (text) => text,
    write: (value) => value || undefined,
  };
}

/** A text that there must be. */
export function requiredText(key: string, unsaid = ""): Field<string> {
  return {
    ...text(key),
    unsaid,
    read: (text) => text || unsaid,
    write: (value, name) => {
      if (value !== "") return value;
      throw new RangeError(`${name} must not be empty`);
    },
  };
}

/** One of some words; unknown ones read as `other`, which no tag says. */
export function word<T extends string>(key: string, words: readonly T[], other: T): Field<T> {
  return {
    key,
    type: "enumeration",
    unsaid: other,
    read: (text) => words.find((word) => word === text) ?? other,
    write: (value, name) => (value === other ? undefined : known(words, value, name)),
  };
}

/** Some of some words, in an order; unknown ones read as `other`. */
export function words<T extends string>(
  key: string,
  words: readonly T[],
  other: T,
): Field<readonly T[]> {
  return {
    key,
    type: "csv",
    unsaid: Object.freeze([]),
    read: (text) =>
      Object.freeze(splitList(text).map((item) => words.find((word) => word === item) ?? other)),
    write: (value, name) => value.map((item) => known(words, item, name)).join(",") || undefined,
  };
}

function known<T extends string>(words: readonly T[], value: T, name: string): T {
  if (words.includes(value)) return value;
  throw new RangeError(`${name} must be of ${words.join(", ")}, got "${value}"`);
}

/** Texts in an order; none may be empty or have a comma. */
export function list(key: string): Field<readonly string[]> {
  return {
    key,
    type: "csv",
    unsaid: Object.freeze([]),
    read: (text) => Object.freeze(splitList(text)),
    write(value, name) {
      const bad = value.find((item) => item === "" || item.includes(","));
      if (bad === undefined) return value.join(",") || undefined;
      throw new RangeError(`${name} must be texts without a comma, got "${bad.slice(0, 64)}"`);
    },
  };
}

function splitList(text: string): string[] {
  return text.split(",").filter((item) => item !== "");
}

/** Yes or no; what goes without saying is `unsaid`, and said nevertheless if `always`. */
export function flag(
  key: string,
  { unsaid, always }: { readonly unsaid: boolean; readonly always: boolean },
): Field<boolean> {
  return {
    key,
    type: "bool",
    unsaid,
    read: (text) => (text === "true" ? true : text === "false" ? false : unsaid),
    write: (value) => (always || value !== unsaid ? String(value) : undefined),
  };
}
