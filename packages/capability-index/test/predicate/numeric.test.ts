import { expect, test } from "vitest";

import { formatNumber, parseNumber } from "../../src/predicate/numeric.ts";

test.each([
  ["64", 64],
  ["+5", 5],
  ["-5", -5],
  ["5.", 5],
  [".5", 0.5],
  ["-.5e1", -5],
  ["1e3", 1_000],
  ["1E+3", 1_000],
  ["25e-1", 2.5],
  ["007", 7],
  ["inf", Infinity],
  ["+Infinity", Infinity],
  ["-INF", -Infinity],
  ["1e999", Infinity],
])("%s is read as %d", (text, value) => {
  expect(parseNumber(text)).toBe(value);
});

test.each([
  "",
  " ",
  " 64",
  "64 ",
  "0x10",
  "0b1",
  "0o7",
  "0x1p3",
  "1_000",
  "1,000",
  ".",
  "+",
  "e5",
  "1e",
  "1e+",
  "--1",
  "infinit",
  "inf.",
  "lots",
  "NaN",
  "-nan",
  "٣",
])("%j is no number that could be compared", (text) => {
  expect(parseNumber(text)).toBeNaN();
});

test("a long text of digits that ends wrongly takes no longer than reading it", () => {
  expect(parseNumber(`${"1".repeat(200_000)}x`)).toBeNaN();
});

test.each([
  [64, "64"],
  [0, "0"],
  [-0, "-0"],
  [0.1, "0.1"],
  [-2.5, "-2.5"],
  [1e21, "1000000000000000000000"],
  [-1.5e22, "-15000000000000000000000"],
  [1e-7, "0.0000001"],
  [-1.25e-9, "-0.00000000125"],
  [123_456_789.123, "123456789.123"],
])("%d is written without an exponent", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test("the largest and the smallest number are written in full and read back", () => {
  const largest = formatNumber(Number.MAX_VALUE);
  expect(largest).toMatch(/^17976931348623157\d{292}$/);
  expect(parseNumber(largest)).toBe(Number.MAX_VALUE);
  expect(formatNumber(Number.MIN_VALUE)).toBe(`0.${"0".repeat(323)}5`);
});
