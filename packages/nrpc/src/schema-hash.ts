import { toHex, utf8 } from "@selvage/core";
import { defaultProvider } from "@selvage/identity";
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";

import type { AnyContract } from "./contract.ts";

const HASH_BYTES = 8;
const TARGET = { target: "draft-2020-12" } as const;

/**
 * 16 hexadecimal digits that are equal for contracts whose messages are alike as JSON Schema says
 * it; `undefined` unless all schemas of the contract offer that (Standard JSON Schema). What
 * transforms is taken as it travels, before.
 */
export function schemaHash({ input, output }: AnyContract): string | undefined {
  if (input === undefined && output === undefined) return undefined;
  try {
    const described = [input, output].map((one) => one && jsonSchemaOf(one));
    const text = JSON.stringify(described, inOrder);
    return toHex(defaultProvider().blake2s(utf8(text), { length: HASH_BYTES }));
  } catch {
    // Not every schema can be said in JSON Schema.
    return undefined;
  }
}

/** @throws TypeError if the library has none; whatever it throws if this schema has none. */
function jsonSchemaOf(schema: StandardSchemaV1): Record<string, unknown> {
  const props: StandardSchemaV1["~standard"] & Partial<StandardJSONSchemaV1.Props> =
    schema["~standard"];
  if (props.jsonSchema === undefined) throw new TypeError(`${props.vendor} has no JSON Schema`);
  return props.jsonSchema.input(TARGET);
}

/** The order of keys means nothing. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
