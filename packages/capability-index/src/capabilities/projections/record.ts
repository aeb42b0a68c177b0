import type { Field, ValueType } from "./field.ts";

/** How each property of a projection is written. */
export type Fields<R> = { readonly [N in keyof R]: Field<R[N]> };

/** Properties as they are given to a set: what is left out goes without saying. */
export type Given<R> = { readonly [N in keyof R]?: R[N] | undefined };

/** The tags that say this, each beginning with `start`; `name` is what errors call it. */
export function writeRecord<R extends object>(
  fields: Fields<R>,
  given: Given<R>,
  start: string,
  name: string,
): string[] {
  const tags: string[] = [];
  for (const property in fields) {
    const field = fields[property];
    const value = field.write(given[property] ?? field.unsaid, `${name}.${property}`);
    if (value !== undefined) tags.push(`${start}${field.key}=${value}`);
  }
  return tags;
}

/** What values by key say, under keys that begin with `start`. Frozen. */
export function readRecord<R extends object>(
  fields: Fields<R>,
  values: ReadonlyMap<string, string>,
  start = "",
): R {
  const record: Partial<R> = {};
  for (const property in fields) {
    const { key, read, unsaid } = fields[property];
    const value = values.get(start + key);
    record[property] = value === undefined ? unsaid : read(value);
  }
  return Object.freeze(record) as R;
}

/** The type of each key, for schemas. */
export function valueTypes<R extends object>(
  fields: Fields<R>,
  start = "",
): Readonly<Record<string, ValueType>> {
  const types: Record<string, ValueType> = {};
  for (const property in fields) {
    const { key, type } = fields[property];
    types[start + key] = type;
  }
  return types;
}
