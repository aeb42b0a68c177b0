import { describe, expect, test } from "vitest";

import {
  childOf,
  cleanTracestate,
  formatTraceparent,
  parseTraceparent,
  readTraceContext,
} from "../src/observability/trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const PARENT = `00-${TRACE}-${SPAN}-01`;

describe("a traceparent", () => {
  test("is read and written as it was", () => {
    expect(parseTraceparent(PARENT)).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1 });
    expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, flags: 1 })).toBe(PARENT);
  });

  test.each([
    ["of version ff", `ff-${TRACE}-${SPAN}-01`],
    ["of version 00 that goes on", `${PARENT}-what-the-future-will-be-like`],
    ["of version 00 with a dash behind it", `${PARENT}-`],
    ["of version 00 with a dot behind it", `${PARENT}.`],
    ["of a later version that goes on without a dash", `cc-${TRACE}-${SPAN}-01.more`],
    ["that is cut short", PARENT.slice(0, -1)],
    ["without flags", `00-${TRACE}-${SPAN}`],
    ["with a trace id of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["with a span id of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["in capitals", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["with a version in capitals", `CC-${TRACE}-${SPAN}-01`],
    ["with a character that is no digit in the version", `.0-${TRACE}-${SPAN}-01`],
    ["with a character that is no digit in the trace id", `00-.${TRACE.slice(1)}-${SPAN}-01`],
    ["with a character that is no digit in the span id", `00-${TRACE}-.${SPAN.slice(1)}-01`],
    ["with a character that is no digit in the flags", `00-${TRACE}-${SPAN}-.0`],
    ["with a short version", `0-${TRACE}-${SPAN}-01`],
    ["with a long version", `000-${TRACE}-${SPAN}-01`],
    ["with a short trace id", `00-${TRACE.slice(1)}-${SPAN}-01`],
    ["with a long trace id", `00-${TRACE}0-${SPAN}-01`],
    ["with a short span id", `00-${TRACE}-${SPAN.slice(1)}-01`],
    ["with a long span id", `00-${TRACE}-${SPAN}0-01`],
    ["with short flags", `00-${TRACE}-${SPAN}-1`],
    ["with long flags", `00-${TRACE}-${SPAN}-001`],
    ["with a space before it", ` ${PARENT}`],
    ["with a line end behind it", `${PARENT}\n`],
    ["of nothing", ""],
  ])("%s is none", (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  test.each([
    ["as long as ours", `cc-${TRACE}-${SPAN}-01`],
    ["with more behind it", `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`],
    ["with a dash behind it", `cc-${TRACE}-${SPAN}-01-`],
  ])("of a later version, %s, is read as far as we know it", (_, text) => {
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1 });
  });

  test("loses the flags that have no meaning", () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-ff`)?.flags).toBe(3);
    expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, flags: 0xfe })).toBe(
      `00-${TRACE}-${SPAN}-02`,
    );
  });
});

describe("a tracestate", () => {
  test.each([
    ["one member", "foo=1", "foo=1"],
    ["members in their order", "foo=1,bar=2", "foo=1,bar=2"],
    ["white space around members, which goes", "foo=1 \t , \t bar=2", "foo=1,bar=2"],
    ["empty members, which go", "foo=1,,bar=2,", "foo=1,bar=2"],
    ["a key of all characters", "az09_-*/=1", "az09_-*/=1"],
    ["a key of several tenants", "0tenant@system=1", "0tenant@system=1"],
    ["a key twice, of which the first counts", "foo=1,foo=2,bar=3", "foo=1,bar=3"],
    ["a value with spaces before its end", "foo= a b", "foo= a b"],
    ["a value with an exclamation mark and a tilde", "foo=!~", "foo=!~"],
  ])("takes %s", (_, text, expected) => {
    expect(cleanTracestate(text)).toBe(expected);
  });

  test.each([
    ["a member without a value", "foo"],
    ["a member with an empty value", "foo="],
    ["a member with an empty key", "=1"],
    ["a space behind a key", "foo =1"],
    ["a key in capitals", "FOO=1"],
    ["a key with a dot", "foo.bar=1"],
    ["a key that begins with a digit", "0foo=1"],
    ["a key with an empty system", "foo@=1,bar=2"],
    ["a key with an empty tenant", "@foo=1,bar=2"],
    ["a key with two at signs", "foo@@bar=1,bar=2"],
    ["a key with two systems", "foo@bar@baz=1,bar=2"],
    ["an equals sign in a value", "foo=bar=baz"],
    ["a control character in a value", "foo=a\u0001b"],
    ["a line end in a value", "foo=a\nb"],
    ["a letter beyond ASCII", "foo=ä"],
    ["nothing but white space", " , \t"],
    ["nothing", ""],
  ])("is none with %s", (_, text) => {
    expect(cleanTracestate(text)).toBeUndefined();
  });

  test.each([
    ["a key of 256 characters", `${"z".repeat(256)}=1`, true],
    ["a key of 257 characters", `${"z".repeat(257)}=1`, false],
    ["a tenant of 241 characters", `${"t".repeat(241)}@${"v".repeat(14)}=1`, true],
    ["a tenant of 242 characters", `${"t".repeat(242)}@v=1`, false],
    ["a system of 15 characters", `t@${"v".repeat(15)}=1`, false],
    ["a value of 256 characters", `foo=${"v".repeat(256)}`, true],
    ["a value of 257 characters", `foo=${"v".repeat(257)}`, false],
    ["32 members", members(32), true],
    ["33 members", members(33), false],
  ])("has limits: %s", (_, text, isTaken) => {
    expect(cleanTracestate(text)).toBe(isTaken ? text : undefined);
  });

  test("that is too long loses its long members first, then its last", () => {
    const long = `long=${"x".repeat(200)}`;
    const short = Array.from({ length: 6 }, (_, n) => `k${n}=${"y".repeat(90)}`);
    const cleaned = cleanTracestate([short[0], long, ...short.slice(1)].join(","));
    expect(cleaned).toBe(short.slice(0, 5).join(","));
  });

  test("loses no more than it must", () => {
    const [first, second, third] = ["a", "b", "c"].map((key) => `${key}=${"x".repeat(168)}`);
    const text = [first, second, third].join(",");
    expect(text).toHaveLength(512);
    expect(cleanTracestate(text)).toBe(text);
    expect(cleanTracestate(`${text}x`)).toBe([first, second].join(","));
  });

  test("of many megabytes is not read at all", () => {
    expect(cleanTracestate("a=1,".repeat(1_000_000))).toBeUndefined();
  });
});

describe("what came with a call", () => {
  test("is taken if it can be read, as version 00", () => {
    expect(readTraceContext(`cc-${TRACE}-${SPAN}-01-more`, "foo=1, bar=2")).toEqual({
      traceparent: PARENT,
      tracestate: "foo=1,bar=2",
    });
  });

  test("without a parent that can be read has no state either", () => {
    const nothing = { traceparent: undefined, tracestate: undefined };
    expect(readTraceContext("garbage", "foo=1")).toEqual(nothing);
    expect(readTraceContext("", "foo=1")).toEqual(nothing);
    expect(readTraceContext(undefined, "foo=1")).toEqual(nothing);
  });

  test("loses a state that cannot be read, and keeps its parent", () => {
    expect(readTraceContext(PARENT, "foo")).toEqual({ traceparent: PARENT, tracestate: undefined });
  });
});

describe("a child", () => {
  test("is in the same trace under another name", () => {
    expect(childOf(PARENT, { next: () => 0.5 })).toBe(`00-${TRACE}-8000000080000000-01`);
  });

  test("is never called zero", () => {
    expect(childOf(PARENT, { next: () => 0 })).toBe(`00-${TRACE}-0000000000000001-01`);
  });

  test("of nothing that can be read is none", () => {
    expect(childOf("garbage", { next: () => 0.5 })).toBeUndefined();
    expect(childOf(undefined, { next: () => 0.5 })).toBeUndefined();
  });
});

function members(count: number): string {
  return Array.from({ length: count }, (_, n) => `bar${n}=${n}`).join(",");
}
