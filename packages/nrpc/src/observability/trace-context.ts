import { type Random, randomInt } from "@selvage/core";

import { NO_TRACE, type TraceContext } from "./call-tracer.ts";

/** A `traceparent`, taken apart. */
export interface TraceParent {
  /** 32 lowercase hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** Of the caller's span: 16 lowercase hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** Bit 0: the caller may have recorded its span; bit 1: the trace id is random. */
  readonly flags: number;
}

/** The flags that have a meaning; others must not be passed on (W3C Trace Context §3.2.2.5). */
const KNOWN_FLAGS = 0b11;
/** The length of version 00, and of what is read of later versions. */
const PARENT_LENGTH = 55;
const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const ALL_ZERO = /^0+$/;

/** The most members of a `tracestate` (W3C Trace Context §3.3.1.1). */
const MAX_MEMBERS = 32;
/** What of a `tracestate` travels, in characters: what everybody has to pass on (§3.3.1.5). */
const MAX_STATE_LENGTH = 512;
/** Members above this length go first when a `tracestate` is too long. */
const LONG_MEMBER = 128;
/** Beyond this nothing is read: 32 of the longest members. */
const MAX_READ_LENGTH = 32 * 514;
const SIMPLE_KEY = /^[a-z][a-z0-9_*/-]{0,255}$/;
const TENANT_KEY = /^[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13}$/;
/** Printable ASCII without comma and equals sign, not ending with a space. */
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * Reads a `traceparent` by W3C Trace Context §3.2: version 00 exactly, later versions as far as
 * they say the same. `undefined` for anything else; it never throws.
 */
export function parseTraceparent(text: string): TraceParent | undefined {
  const [, version, traceId, spanId, flags] = PARENT.exec(text.slice(0, PARENT_LENGTH)) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "ff" || ALL_ZERO.test(traceId) || ALL_ZERO.test(spanId)) return undefined;
  const isLonger = text.length > PARENT_LENGTH;
  if (isLonger && (version === "00" || text[PARENT_LENGTH] !== "-")) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) & KNOWN_FLAGS };
}

/** Writes a `traceparent` of version 00. */
export function formatTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-0${(flags & KNOWN_FLAGS).toString(16)}`;
}

/**
 * A `tracestate` as it may be passed on: members as they were, of several with one key the first,
 * 512 characters at most. `undefined` if it is empty or breaks the rules of W3C Trace Context §3.3;
 * it never throws.
 */
export function cleanTracestate(text: string): string | undefined {
  if (text === "" || text.length > MAX_READ_LENGTH) return undefined;
  const members = new Map<string, string>();
  let count = 0;
  for (const part of text.split(",")) {
    const member = part.replace(/^[ \t]+|[ \t]+$/g, "");
    if (member === "") continue;
    const at = member.indexOf("=");
    const key = member.slice(0, Math.max(0, at));
    if (!isKey(key) || !VALUE.test(member.slice(at + 1))) return undefined;
    if (++count > MAX_MEMBERS) return undefined;
    if (!members.has(key)) members.set(key, member);
  }
  return shorten([...members.values()]);
}

/** What can be used of both; a state without a parent means nothing. */
export function readTraceContext(
  traceparent: string | undefined,
  tracestate: string | undefined,
): TraceContext {
  if (traceparent === undefined || traceparent === "") return NO_TRACE;
  const parsed = parseTraceparent(traceparent);
  if (parsed === undefined) return NO_TRACE;
  return {
    traceparent: formatTraceparent(parsed),
    tracestate: tracestate === undefined ? undefined : cleanTracestate(tracestate),
  };
}

/** The same trace with a parent that `random` names; `undefined` if there is none to be read. */
export function childOf(traceparent: string | undefined, random: Random): string | undefined {
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  if (parent === undefined) return undefined;
  const half = (): string =>
    randomInt(random, 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  const drawn = half() + half();
  return formatTraceparent({
    ...parent,
    spanId: ALL_ZERO.test(drawn) ? "0000000000000001" : drawn,
  });
}

const isKey = (text: string): boolean => SIMPLE_KEY.test(text) || TENANT_KEY.test(text);

/** The longest members go first, then those at the end, which are the oldest. */
function shorten(members: readonly string[]): string | undefined {
  let length = members.reduce((sum, member) => sum + member.length + 1, -1);
  if (length <= MAX_STATE_LENGTH) return length > 0 ? members.join(",") : undefined;
  const kept = [...members];
  for (let at = kept.length - 1; at >= 0 && length > MAX_STATE_LENGTH; at--) {
    const member = kept[at];
    if (member === undefined || member.length <= LONG_MEMBER) continue;
    kept.splice(at, 1);
    length -= member.length + 1;
  }
  while (length > MAX_STATE_LENGTH) length -= (kept.pop() ?? "").length + 1;
  return kept.length > 0 ? kept.join(",") : undefined;
}
