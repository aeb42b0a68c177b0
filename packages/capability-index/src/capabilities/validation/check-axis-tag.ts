import { assertNever } from "@selvage/core";

import { formatTag, type Tag } from "../../tags/tag.ts";
import type { ValueType } from "../projections/field.ts";
import { isRowNumber } from "../projections/scan.ts";
import type { ValidationError, ValidationWarning } from "./report.ts";
import type { AxisKeys, KeyTypes } from "./schema.ts";

/** A tag with an axis. */
export type AxisTag = Extract<Tag, { readonly kind: "axis-value" | "axis-present" }>;

type Finding = ValidationError | Extract<ValidationWarning, { readonly kind: "unknown_key" }>;

/** What is wrong about a tag, if anything is. */
export function checkAxisTag(tag: AxisTag, keys: AxisKeys): Finding | undefined {
  const { axis, key } = tag;
  const fixed = own(keys.fixed, key);
  if (fixed !== undefined) return checkValue(tag, fixed, key);
  for (const [prefix, type] of Object.entries(keys.named)) {
    if (key.startsWith(prefix) && key !== prefix) return checkValue(tag, type, prefix);
  }
  for (const [prefix, numbered] of Object.entries(keys.numbered)) {
    if (!key.startsWith(prefix)) continue;
    const rest = key.slice(prefix.length);
    const dot = rest.indexOf(".");
    const index = dot === -1 ? rest : rest.slice(0, dot);
    if (!isRowNumber(index)) {
      if (dot === -1 || numbered.shared === true) break;
      return { kind: "index_malformed", axis, prefix, index, tag: formatTag(tag) };
    }
    if (dot === -1) {
      if (numbered.present === true) return checkValue(tag, "presence", key);
      break;
    }
    const last = rest.slice(dot + 1);
    const type = own(numbered.keys, last);
    if (type !== undefined) return checkValue(tag, type, last);
  }
  return { kind: "unknown_key", axis, key };
}

function checkValue(tag: AxisTag, expected: ValueType, key: string): Finding | undefined {
  const value = tag.kind === "axis-value" ? tag.value : undefined;
  if (isOfType(expected, value)) return undefined;
  return { kind: "type_mismatch", axis: tag.axis, key, expected, actual: value ?? "<no value>" };
}

function isOfType(type: ValueType, value: string | undefined): boolean {
  switch (type) {
    case "presence":
      return value === undefined;
    case "number":
      return value !== undefined && /^\+?\d+$/.test(value) && BigInt(value) <= U64;
    case "bool":
      return value === "true" || value === "false";
    case "string":
    case "enumeration":
    case "csv":
      return value !== undefined && value !== "";
    default:
      return assertNever(type);
  }
}

/** The largest number of 64 bits. */
const U64 = 2n ** 64n - 1n;

/** Keys come from tags, and must not find what every object has. */
function own(types: KeyTypes, key: string): ValueType | undefined {
  return Object.hasOwn(types, key) ? types[key] : undefined;
}
