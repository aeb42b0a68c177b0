import { describe, expect, test } from "vitest";

import { SourceLimiter } from "../src/handshake/source-limiter.ts";
import { hostOf } from "../src/handshake/source.ts";

describe("the host of a source", () => {
  const relay = "ab".repeat(16);

  test.each([
    ["10.0.0.1:7000", "10.0.0.1"],
    ["node.example:7000", "node.example"],
    ["[2001:db8:1:2:3:4:5:6]:7000", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::9]:7000", "2001:db8:1:2::/64"],
    ["[2001:db8::9]:7000", "2001:db8:0:0::/64"],
    ["[::1]:7000", "0:0:0:0::/64"],
    ["[fe80::]:7000", "fe80:0:0:0::/64"],
    [`relay:${relay}/${"cd".repeat(16)}`, `relay:${relay}`],
    [`relay:${relay}`, `relay:${relay}`],
    ["a", ""],
    ["", ""],
  ])("of %s is %s", (source, host) => {
    expect(hostOf(source)).toBe(host);
  });
});

/** How many of so many tries a limiter lets through. */
const passed = (limiter: SourceLimiter, tries: number, source: (i: number) => string): number =>
  Array.from({ length: tries }, (_, i) => limiter.take(source(i))).filter(Boolean).length;

describe("a limiter", () => {
  test("lets each source use up two seconds' worth at once, then what time brings", () => {
    let now = 0;
    const limiter = new SourceLimiter(20, () => now);
    expect(passed(limiter, 100, () => "10.0.0.1:1")).toBe(40);
    expect(passed(limiter, 100, () => "10.0.0.2:1")).toBe(40);
    now = 500;
    expect(passed(limiter, 100, () => "10.0.0.1:1")).toBe(10);
  });

  test("gives a host ten times as much, over however many ports", () => {
    const limiter = new SourceLimiter(20, () => 0);
    expect(passed(limiter, 1_000, (i) => `10.0.0.1:${1 + i}`)).toBe(400);
    expect(passed(limiter, 10, () => "10.0.0.2:1")).toBe(10);
  });

  test("gives all whom one relay speaks for as much as one host", () => {
    const limiter = new SourceLimiter(20, () => 0);
    expect(passed(limiter, 1_000, (i) => `relay:aa/${i}`)).toBe(400);
    expect(passed(limiter, 10, () => "relay:bb/0")).toBe(10);
  });

  test("tells 4,096 sources apart at once; all others share one allowance", () => {
    let now = 0;
    const limiter = new SourceLimiter(20, () => now);
    const source = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}:1`;
    expect(passed(limiter, 4_096, source)).toBe(4_096);
    expect(passed(limiter, 1_000, (i) => source(5_000 + i))).toBe(40);
    expect(limiter.take(source(7))).toBe(true);
    // Whoever has been quiet for long is forgotten for somebody new.
    now = 10_000;
    expect(passed(limiter, 1_000, (i) => source(9_000 + i))).toBe(1_000);
  });
});
