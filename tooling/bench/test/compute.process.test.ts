import { expect, test } from "vitest";

import { runBench } from "./built.ts";

const OF_OUTPUTS = [
  "repeat events/s",
  "deliver events/s",
  "process calls/s",
  "bytesPerOutcome bytes",
];
const OF_STATES = [
  "snapshotRestore µs",
  "takeSnapshot µs",
  "encode µs",
  "decode µs",
  "structuredClone µs",
  "storeMemory µs",
  "loadMemory µs",
  "storeDirectory µs",
  "loadDirectory µs",
  "bytesPerSnapshot bytes",
];
const STRATEGIES = [
  "roundRobin",
  "weightedRoundRobin",
  "leastConnections",
  "weightedLeastConnections",
  "random",
  "weightedRandom",
  "consistentHash",
  "leastLatency",
  "leastLoad",
  "powerOfTwo",
  "adaptive",
];

test("a tiny run measures deliveries, states of each size, routing and a tick of recovery", async () => {
  const report = await runBench("compute");
  expect(report.skipped).toEqual([]);
  const named = (contestants: readonly string[], figures: readonly string[]): string[] =>
    contestants.flatMap((contestant) => figures.map((figure) => `${contestant}.${figure}`));
  expect(report.results.map(({ name, unit }) => `${name} ${unit}`)).toEqual([
    ...named(["outputs0", "outputs1", "outputs4"], OF_OUTPUTS),
    ...named(["state1KiB", "state1MiB", "state32MiB"], OF_STATES),
    ...named(
      ["members3", "members100"],
      STRATEGIES.map((strategy) => `${strategy} events/s`),
    ),
    ...named(["handlers10k"], ["tryRunAll µs", "calls µs"]),
  ]);
  for (const { min } of report.results) expect(min).toBeGreaterThan(0);
  expect(Object.keys(report.ratios)).toEqual([
    "deliverOverProcess0",
    "deliverOverProcess1",
    "deliverOverProcess4",
    "snapshotRestoreOverClone1KiB",
    "snapshotRestoreOverClone1MiB",
    "snapshotRestoreOverClone32MiB",
    "roundRobin100Over3",
    "consistentHash100Over3",
    "tryRunAllOverCalls",
  ]);
  for (const ratio of Object.values(report.ratios)) expect(ratio).toBeGreaterThan(0);
}, 120_000);
