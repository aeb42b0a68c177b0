import { describe, expect, test } from "vitest";

import { compareVersions, isCompatible, parseVersion } from "../../src/predicate/version.ts";

describe("a version is read", () => {
  test.each([
    ["3.11.5", [3n, 11n, 5n]],
    ["3.11", [3n, 11n, 0n]],
    ["3", [3n, 0n, 0n]],
    ["1.2.3-rc.1", [1n, 2n, 3n]],
    ["1.2.3+build.5", [1n, 2n, 3n]],
    ["1-2.3", [1n, 0n, 0n]],
    [" 1 . 2\t.\u00853 ", [1n, 2n, 3n]],
    ["007.08.09", [7n, 8n, 9n]],
    [`${"0".repeat(50)}1`, [1n, 0n, 0n]],
    ["18446744073709551615.0.0", [18_446_744_073_709_551_615n, 0n, 0n]],
  ])("%j", (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  test.each([
    "",
    ".",
    "1.",
    "1..2",
    ".1",
    "1.2.3.4",
    "1.2.3.",
    "v1.2",
    "1.x",
    "-1",
    "+1",
    "1.2 3",
    "1.\uFEFF2",
    "٣",
    "18446744073709551616",
    "99999999999999999999999",
  ])("%j is none", (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });
});

const version = (text: string) => parseVersion(text)!;

test.each([
  ["1.2.3", "1.2.3", 0],
  ["1.10.0", "1.9.0", 1],
  ["1.9.18", "1.10", -1],
  ["9007199254740993.0.0", "9007199254740992.0.0", 1],
])("%s against %s", (a, b, order) => {
  expect(Math.sign(compareVersions(version(a), version(b)))).toBe(order);
  expect(Math.sign(compareVersions(version(b), version(a)))).toBe(0 - order);
});

test.each([
  ["1.2.3", "1.2.3", true],
  ["1.9.0", "1.2.3", true],
  ["1.2.2", "1.2.3", false],
  ["2.0.0", "1.2.3", false],
  ["0.2.3", "0.2.3", true],
  ["0.2.9", "0.2.3", true],
  ["0.3.0", "0.2.3", false],
  ["1.2.5", "0.2.3", false],
  ["0.0.3", "0.0.3", true],
  ["0.0.4", "0.0.3", false],
  ["0.1.0", "0.0.3", false],
  ["0.0.0", "0.0.0", true],
  ["0.0.1", "0.0.0", false],
  ["1.0.0", "0.0.0", false],
  ["1.5", "1", true],
])("%s in place of %s: %s", (offered, wanted, expected) => {
  expect(isCompatible(version(offered), version(wanted))).toBe(expected);
});
