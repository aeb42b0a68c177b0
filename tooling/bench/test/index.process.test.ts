import { expect, test } from "vitest";

import { runBench } from "./built.ts";

const FIGURES = [
  "insert entries/s",
  "insertVerified entries/s",
  "selective µs",
  "selectiveCached µs",
  "broad µs",
  "findBest µs",
  "findBestOfAll µs",
  "predicate µs",
  "predicateScan µs",
  "digest µs",
  "watch256 µs/change",
  "renew µs",
  "bytesPerEntry bytes",
];

test("a tiny run measures an index of each size and says how it grows", async () => {
  const report = await runBench("index");
  expect(report.skipped).toEqual([]);
  const sizes = ["entries1k", "entries10k", "entries100k"];
  expect(report.results.map(({ name, unit }) => `${name} ${unit}`)).toEqual(
    sizes.flatMap((size) => FIGURES.map((figure) => `${size}.${figure}`)),
  );
  for (const { min } of report.results) expect(min).toBeGreaterThan(0);
  for (const ratio of Object.values(report.ratios)) expect(ratio).toBeGreaterThan(0);
}, 120_000);
