import { describe, expect, test } from "vitest";

import type { Machine } from "../src/machine.ts";
import { buildReport, type BenchReport } from "../src/report.ts";
import { runSuite } from "../src/runner.ts";
import type { Suite } from "../src/suite.ts";
import { formatReport } from "../src/table.ts";
import { contestant, suiteOf } from "./contestants.ts";

const machine: Machine = {
  cpu: "abacus",
  cores: 2,
  memoryGiB: 1,
  platform: "linux x64",
  node: "v20.19.0",
  load: 0.1,
  pinned: true,
};

async function reportOf(suite: Suite, rounds: number): Promise<BenchReport> {
  return buildReport(suite, machine, await runSuite({ suite, rounds, measureMs: 1 }));
}

describe("the report", () => {
  test("has medians with their spread, and says which ones are a peer's", async () => {
    const suite = suiteOf(
      contestant("ours", [30, 10.123_456, 20]),
      contestant("peer", [40, 60, 50], "a peer 1.0"),
    );
    const { results, skipped } = await reportOf(suite, 3);
    expect(results).toEqual([
      { name: "ours.latency1", unit: "µs", median: 20, min: 10.12, max: 30 },
      { name: "peer.latency1", unit: "µs", median: 50, min: 40, max: 60, peer: "a peer 1.0" },
    ]);
    expect(skipped).toEqual([]);
  });

  test("a ratio is the median of the ratios within each round, not the ratio of the medians", async () => {
    // The second round was disturbed, for both alike.
    const suite = suiteOf(contestant("ours", [10, 90, 12]), contestant("peer", [20, 180, 20]));
    expect((await reportOf(suite, 3)).ratios).toEqual({ latencyOverPeer1: 0.5 });
  });

  test("a ratio to somebody without figures is null", async () => {
    const suite = suiteOf(contestant("ours", [10]), contestant("peer", [new Error("none")]));
    const { ratios, skipped } = await reportOf(suite, 1);
    expect(ratios).toEqual({ latencyOverPeer1: null });
    expect(skipped).toEqual([{ name: "peer", reason: "round 1: none" }]);
  });
});

describe("the table", () => {
  test("aligns numbers to the right and sets contestants apart", async () => {
    const suite = suiteOf(contestant("ours", [9.5]), contestant("peer", [12_345]));
    const lines = formatReport(suite, await reportOf(suite, 1), 1);
    expect(lines.slice(4)).toEqual([
      "               median     min     max  unit",
      "ours.latency1     9.5     9.5     9.5  µs",
      "",
      "peer.latency1  12,350  12,350  12,350  µs",
      "",
      "latencyOverPeer1  0.00 x  (lower is better)",
    ]);
  });

  test("says who has no figures, and why", async () => {
    const suite = suiteOf(
      contestant("ours", [1]),
      contestant("peer", [new Error("not installed")]),
    );
    const text = formatReport(suite, await reportOf(suite, 1), 1).join("\n");
    expect(text).toContain("latencyOverPeer1  -");
    expect(text).toContain("peer has no figures: round 1: not installed");
  });
});
