import { assertNever } from "@selvage/core";

import { reservedPrefix } from "./reserved-prefix.ts";

/** The parts of a node that tags can describe by key. */
export type Axis = "hardware" | "software" | "devices" | "dataforts";

/** Every {@link Axis}. */
export const AXES: readonly Axis[] = ["hardware", "software", "devices", "dataforts"];

/** What stands between the key and the value of a tag; it is kept, and has no meaning. */
export type TagSeparator = "=" | ":";

/** What a tag says, read from its text. */
export type Tag =
  /** Given a meaning by Selvage: `scope:`, `causal:`, `fork-of:` or `heat:`, and the rest. */
  | { readonly kind: "reserved"; readonly prefix: string; readonly body: string }
  /** `hardware.memory_gb=64` */
  | {
      readonly kind: "axis-value";
      readonly axis: Axis;
      readonly key: string;
      readonly separator: TagSeparator;
      readonly value: string;
    }
  /** `hardware.gpu` */
  | { readonly kind: "axis-present"; readonly axis: Axis; readonly key: string }
  /** Any other text, such as `nrpc:echo`. */
  | { readonly kind: "legacy"; readonly text: string };

/**
 * Reads a tag, whoever wrote it. Every text but the empty one is a tag. The first `=` or `:` ends
 * the key, whichever comes first; keys and values may be empty.
 *
 * @throws RangeError for the empty text.
 */
export function parseTag(text: string): Tag {
  if (text === "") throw new RangeError("a tag must not be empty");
  const prefix = reservedPrefix(text);
  if (prefix !== undefined) return { kind: "reserved", prefix, body: text.slice(prefix.length) };
  const axis = axisOf(text);
  if (axis === undefined) return { kind: "legacy", text };
  const start = axis.length + 1;
  const end = separatorAt(text, start);
  if (end === -1) return { kind: "axis-present", axis, key: text.slice(start) };
  const separator = text.charCodeAt(end) === COLON ? ":" : "=";
  const key = text.slice(start, end);
  return { kind: "axis-value", axis, key, separator, value: text.slice(end + 1) };
}

/**
 * Reads a tag that a user wrote: as {@link parseTag}, without the tags that only Selvage writes.
 *
 * @throws RangeError for the empty text.
 * @throws TypeError for a tag with a reserved prefix.
 */
export function parseUserTag(text: string): Exclude<Tag, { readonly kind: "reserved" }> {
  const tag = parseTag(text);
  if (tag.kind === "reserved") throw reservedTagError(text);
  return tag;
}

/** The text of a tag; what {@link parseTag} read comes out as it was. */
export function formatTag(tag: Tag): string {
  switch (tag.kind) {
    case "reserved":
      return tag.prefix + tag.body;
    case "axis-value":
      return `${tag.axis}.${tag.key}${tag.separator}${tag.value}`;
    case "axis-present":
      return `${tag.axis}.${tag.key}`;
    case "legacy":
      return tag.text;
    default:
      return assertNever(tag);
  }
}

/** Says that a user wrote a tag that only Selvage writes. */
export function reservedTagError(text: string): TypeError {
  return new TypeError(`tag "${text.slice(0, 64)}" has a reserved prefix`);
}

/**
 * What makes two tags the same: the tag itself, spelled with `=` if it is an axis tag with a value.
 * An axis tag may separate key and value by `=` or `:`; that is how it is written, not what it
 * means.
 */
export function tagIdentity(text: string): string {
  const end = valueSeparatorAt(text);
  return end === -1 || text.charCodeAt(end) === EQUALS ? text : respelled(text, end, "=");
}

/** The other way to write an axis tag with a value; `undefined` for tags written in one way only. */
export function otherSpelling(text: string): string | undefined {
  const end = valueSeparatorAt(text);
  if (end === -1) return undefined;
  return respelled(text, end, text.charCodeAt(end) === EQUALS ? ":" : "=");
}

/** `:` as a UTF-16 unit. */
export const COLON = 0x3a;
/** `=` as a UTF-16 unit. */
export const EQUALS = 0x3d;

const DOT = 0x2e;

/** The axis before the first dot, if it is one; no axis begins with a reserved prefix. */
function axisOf(text: string): Axis | undefined {
  for (const axis of AXES) {
    if (text.charCodeAt(axis.length) === DOT && text.startsWith(axis)) return axis;
  }
  return undefined;
}

function valueSeparatorAt(text: string): number {
  const axis = axisOf(text);
  return axis === undefined ? -1 : separatorAt(text, axis.length + 1);
}

/** Where the first separator from `start` on is, or -1. */
export function separatorAt(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === COLON || unit === EQUALS) return i;
  }
  return -1;
}

function respelled(text: string, at: number, separator: TagSeparator): string {
  return text.slice(0, at) + separator + text.slice(at + 1);
}
