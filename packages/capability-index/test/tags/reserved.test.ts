import { describe, expect, test } from "vitest";

import {
  type ChainTag,
  formatChainTag,
  formatForkTag,
  formatHeatTag,
  formatScopeTag,
  parseChainTag,
  parseForkTag,
  parseHeatTag,
  parseScopeTag,
  type ScopeTag,
} from "../../src/index.ts";

describe("scope tags", () => {
  const known: readonly [text: string, scope: ScopeTag][] = [
    ["scope:global", { kind: "global" }],
    ["scope:subnet-local", { kind: "subnet-local" }],
    ["scope:tenant:acme", { kind: "tenant", tenant: "acme" }],
    ["scope:tenant:a:b=c", { kind: "tenant", tenant: "a:b=c" }],
    ["scope:region:eu", { kind: "region", region: "eu" }],
  ];

  test.each(known)("%s is read and written", (text, scope) => {
    expect(parseScopeTag(text)).toEqual(scope);
    expect(formatScopeTag(scope)).toBe(text);
  });

  test("of nobody and nowhere are none", () => {
    for (const text of ["scope:tenant:", "scope:region:", "scope:", "scope:planet:x", "global"]) {
      expect(parseScopeTag(text)).toBeUndefined();
    }
    expect(() => formatScopeTag({ kind: "tenant", tenant: "" })).toThrow(
      /tenant must not be empty/,
    );
    expect(() => formatScopeTag({ kind: "region", region: "" })).toThrow(
      /region must not be empty/,
    );
  });
});

describe("chain tags", () => {
  const hash = "00112233aabbccdd";
  const known: readonly [text: string, chain: ChainTag][] = [
    [`causal:${hash}`, { kind: "whole", hash }],
    [`causal:${hash}:0`, { kind: "tip", hash, tip: 0 }],
    [`causal:${hash}:9007199254740991`, { kind: "tip", hash, tip: Number.MAX_SAFE_INTEGER }],
    [`causal:${hash}[0..1]`, { kind: "range", hash, start: 0, end: 1 }],
    [`causal:${hash}[10..200]`, { kind: "range", hash, start: 10, end: 200 }],
    ["causal:abc]", { kind: "whole", hash: "abc]" }],
  ];

  test.each(known)("%s is read and written", (text, chain) => {
    expect(parseChainTag(text)).toEqual(chain);
    expect(formatChainTag(chain)).toBe(text);
  });

  test.each([
    "causal:",
    "causal::7",
    "causal:[0..1]",
    "causal:abc:",
    "causal:abc:-1",
    "causal:abc:1.5",
    "causal:abc:9007199254740992",
    "causal:abc[5..5]",
    "causal:abc[6..5]",
    "causal:abc[5..]",
    "causal:abc[..5]",
    "causal:abc[0..5",
    "causal:abc[0..5]x",
    "causal:abc=1",
    "fork-of:abc",
    "abc",
  ])("%s is none", (text) => {
    expect(parseChainTag(text)).toBeUndefined();
  });

  test("are not written for no chain, no index, or nothing of a chain", () => {
    const write = (chain: ChainTag) => () => formatChainTag(chain);
    for (const hash of ["", "a:b", "a[b", "a=b"]) {
      expect(write({ kind: "whole", hash })).toThrow(RangeError);
      expect(() => formatForkTag(hash)).toThrow(RangeError);
    }
    expect(write({ kind: "tip", hash, tip: -1 })).toThrow(/tip must be a whole number.*got -1/);
    expect(write({ kind: "tip", hash, tip: 0.5 })).toThrow(RangeError);
    expect(write({ kind: "range", hash, start: 5, end: 5 })).toThrow(/not be empty, got 5\.\.5/);
    expect(write({ kind: "range", hash, start: 6, end: 5 })).toThrow(RangeError);
    expect(write({ kind: "range", hash, start: 0, end: Infinity })).toThrow(/end must be/);
  });

  test("tell of forks", () => {
    expect(formatForkTag(hash)).toBe(`fork-of:${hash}`);
    expect(parseForkTag(`fork-of:${hash}`)).toBe(hash);
    expect(parseForkTag("fork-of:")).toBeUndefined();
    expect(parseForkTag(`causal:${hash}`)).toBeUndefined();
  });
});

describe("heat tags", () => {
  test.each([
    ["heat:abc=0.50", { kind: "chain", hash: "abc", rate: 0.5 }],
    ["heat:abc=0.00", { kind: "chain", hash: "abc", rate: 0 }],
    ["heat:abc=1.00", { kind: "chain", hash: "abc", rate: 1 }],
    ["heat:blob=0.25", { kind: "chain", hash: "blob", rate: 0.25 }],
    ["heat:blob:abc=0.07", { kind: "blob", hash: "abc", rate: 0.07 }],
  ] as const)("%s is read and written", (text, heat) => {
    expect(parseHeatTag(text)).toEqual(heat);
    expect(formatHeatTag(heat)).toBe(text);
  });

  test.each([
    "heat:",
    "heat:hot",
    "heat:=0.50",
    "heat:blob:=0.50",
    "heat:blob:abc",
    "heat:abc=",
    "heat:abc=1.01",
    "heat:abc=-0.50",
    "heat:abc=nan",
    "heat:abc=1e-1",
    "heat:abc=0x1",
    "heat:abc:x=0.50",
    "abc=0.50",
  ])("%s is none", (text) => {
    expect(parseHeatTag(text)).toBeUndefined();
  });

  test("bring the rate between 0 and 1, rounded, and refuse what is no number", () => {
    const rated = (rate: number) => formatHeatTag({ kind: "chain", hash: "a", rate });
    expect([-3, -0, 0.004, 0.006, 0.999, 7].map(rated)).toEqual([
      "heat:a=0.00",
      "heat:a=0.00",
      "heat:a=0.00",
      "heat:a=0.01",
      "heat:a=1.00",
      "heat:a=1.00",
    ]);
    for (const rate of [Number.NaN, Infinity, -Infinity]) {
      expect(() => rated(rate)).toThrow(RangeError);
    }
    for (const hash of ["", "a:b", "a[b", "a=b"]) {
      expect(() => formatHeatTag({ kind: "blob", hash, rate: 0.5 })).toThrow(RangeError);
    }
  });
});
