import { describe, expect, test } from "vitest";

import { median, quantile, summarize, toSorted } from "../src/stats.ts";

describe("summaries", () => {
  test("the median of an odd number of values is the middle one, of an even number lies between", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
  });

  test("a summary names the middle and both ends, and leaves its input as it was", () => {
    const values = [30, 10, 20];
    expect(summarize(values)).toEqual({ median: 20, min: 10, max: 30 });
    expect(values).toEqual([30, 10, 20]);
  });

  test("numbers are sorted as numbers", () => {
    expect([...toSorted([100, 9, 20])]).toEqual([9, 20, 100]);
  });

  test("a quantile between two values lies on the line between them", () => {
    const values = toSorted([0, 10, 20, 30]);
    expect(quantile(values, 0)).toBe(0);
    expect(quantile(values, 0.25)).toBe(7.5);
    expect(quantile(values, 0.99)).toBeCloseTo(29.7, 10);
    expect(quantile(values, 1)).toBe(30);
  });

  test("no values have no middle, and no share is above one", () => {
    expect(() => summarize([])).toThrow(RangeError);
    expect(() => quantile([1], 1.5)).toThrow("q must be within 0 and 1, got 1.5");
  });
});
