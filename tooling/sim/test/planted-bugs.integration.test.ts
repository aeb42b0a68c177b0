import { defaultProvider } from "@selvage/identity";
import { describe, expect, test } from "vitest";

import { failover } from "../src/failover/failover.ts";
import { rules } from "../src/failover/rules.ts";

const crypto = defaultProvider();

/** Within how many seeds every planted bug must be noticed. */
const SEEDS = 50;

describe("the rules of failover", () => {
  test.each(failover.plants)(
    "notice $name: $meaning",
    async ({ name, breaks }) => {
      const broken = new Set<string>();
      for (let seed = 1; seed <= SEEDS && !broken.has(breaks); seed++) {
        const { violations } = await failover.run({ seed, crypto, plant: name });
        for (const { rule } of violations) broken.add(rule);
      }
      expect([...broken]).toContain(breaks);
    },
    120_000,
  );

  test("are each broken by some planted bug", () => {
    const breaks = new Set<string>(failover.plants.map((plant) => plant.breaks));
    expect(Object.keys(rules).filter((rule) => !breaks.has(rule))).toEqual([]);
  });

  test("hold again after a run with a bug: planting leaves nothing behind", async () => {
    const before = await failover.run({ seed: 1, crypto });
    for (const { name } of failover.plants) await failover.run({ seed: 1, crypto, plant: name });
    const after = await failover.run({ seed: 1, crypto });
    expect([after.traceHash, after.violations]).toEqual([before.traceHash, []]);
  });
});
