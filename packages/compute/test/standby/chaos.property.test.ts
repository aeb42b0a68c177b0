import { describe, expect, test } from "vitest";

import { type ChaosConfig, runChaos } from "./chaos.ts";

/** Runs of each kind; `STANDBY_SEEDS=1000` for a long look, `STANDBY_FIRST=72` for one that failed. */
const SEEDS = Number(process.env["STANDBY_SEEDS"] ?? 15);
const FIRST = Number(process.env["STANDBY_FIRST"] ?? 1);

const base: ChaosConfig = {
  mode: "available",
  members: 3,
  nodes: 5,
  faults: [],
  sparing: false,
  durationMs: 40_000,
};

describe.each<{ readonly name: string; readonly config: ChaosConfig }>([
  { name: "quiet", config: { ...base, durationMs: 5_000 } },
  { name: "available, kills", config: { ...base, faults: ["kill"], sparing: true } },
  {
    name: "available, two members, kills",
    config: { ...base, members: 2, faults: ["kill"], sparing: true },
  },
  {
    name: "available, everything",
    config: { ...base, faults: ["kill", "freeze", "cut", "promote"] },
  },
  {
    name: "available, two members, everything",
    config: { ...base, members: 2, nodes: 4, faults: ["kill", "freeze", "cut", "promote"] },
  },
  {
    name: "fenced, everything",
    config: { ...base, mode: "fenced", faults: ["kill", "freeze", "cut", "promote", "restart"] },
  },
  {
    name: "fenced, two members, everything",
    config: { ...base, mode: "fenced", members: 2, nodes: 4, faults: ["kill", "freeze", "cut"] },
  },
])("a standby group, $name", ({ config }) => {
  test("loses no acknowledged event and applies none twice", async () => {
    let acknowledged = 0;
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const result = await runChaos(seed, config);
      expect({ seed, violations: result.violations }).toEqual({ seed, violations: [] });
      acknowledged += result.acknowledged;
    }
    expect(acknowledged).toBeGreaterThan(20 * SEEDS);
  }, 3_600_000);
});
